import { expect, it } from 'vitest';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import { MICRO } from '../../schemas/window.ts';
import { foldStep, noEvidence } from '../evidence/rollout-evidence.ts';
import { rolloutDocument, SHADOW, started, T0 } from '../test/play.fixture.ts';
import { observe } from './observe.ts';

/** What holds a rollout whose first stage saw so many requests of each kind and arm, as soon as one window is closed. */
const shortfallOf = (counts: Record<'candidate' | 'stable', { seen?: number; unvouched?: number }>, more = {}) => {
  const run = started(rolloutDocument({ metrics: [{ name: 'error_rate' }], ...more })).state.run!;
  const { sequence: routingSequence } = run.last.routing;
  const rows = (['candidate', 'stable'] as const).flatMap((arm) =>
    Object.entries(counts[arm]).flatMap(([name, count]) =>
      (name === 'seen' ? ['error_rate', 'accepted'] : ['unvouched']).map((metric) => {
        const sumMicro = metric === 'error_rate' ? 0 : count * MICRO;
        const at = { rollout: run.id, routingSequence, startMs: T0, endMs: T0 + 60_000 };
        return { ...windowRow(metric, arm, { count, sumMicro }), ...at, sourceTopic: EXCHANGES.name };
      }),
    ),
  );
  const evidence = [EXCHANGES, SCORES].reduce(
    (before, { name: topic }) =>
      foldStep(before, run, { rows: topic === EXCHANGES.name ? rows : [], topic, closedThroughMs: T0 + 3_600_000 })
        .evidence,
    noEvidence(run.spec),
  );
  return observe(run, evidence).observation.facts.shortfall;
};

it('a rollout that sees no request because no caller may name subjects says so, and what to do', () => {
  const told = shortfallOf({ candidate: { unvouched: 60 }, stable: { unvouched: 1_174 } });
  expect(told).toMatch(/^no data: all 1,?234 requests in this stage came from callers without the role `subjects`/);
  expect(told).toContain('give the application a key with that role');
  const shadow = { shadow: SHADOW, metrics: [{ name: 'task_success' }] };
  expect(shortfallOf({ candidate: {}, stable: { unvouched: 9 } }, shadow)).toContain('all 9 requests');
});

it('one that sees some says nothing of the others, but where its candidate has only those', () => {
  expect(shortfallOf({ candidate: { seen: 50, unvouched: 60 }, stable: { seen: 50, unvouched: 9 } })).toBeNull();
  expect(shortfallOf({ candidate: { unvouched: 60 }, stable: { seen: 50 } })).toBe(
    'no data: no request of v2 was seen in this stage, but for 60 of callers without the role `subjects`, which do not count',
  );
  expect(shortfallOf({ candidate: {}, stable: { seen: 50 } })).toBe('no data: no request of v2 was seen in this stage');
});
