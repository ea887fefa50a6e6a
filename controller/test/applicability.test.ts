import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { GOOD, play, rolloutDocument, SHADOW, worldOf } from './play.fixture.ts';
import type { World } from './traffic.fixture.ts';

const CALLS = { ...GOOD, calls: 0.6 };
const world = (calls: number | Record<string, number>, more: Partial<World> = {}): World =>
  worldOf(100, { calls }, { stable: CALLS, ...more });
const defaults = (spec: object = {}) => rolloutDocument({ metrics: undefined, ...spec });

describe('a candidate that calls tools no more', () => {
  it.each([
    ['in a canary', {}, 'tool_validity applied to '],
    ['in a shadow', { shadow: SHADOW }, "tool_validity applied to v1's answer alone in "],
  ])('is rolled back by the metric that stopped to apply, %s', (_, spec, says) => {
    for (const seed of [1, 2, 3]) {
      const last = play(defaults(spec), world(0), seed, { windows: 120 }).decisions.at(-1)!;
      expect(last.type).toBe('rollback');
      expect(last.metric).toBe('tool_validity:applies');
      expect(sentenceOf(last)).toContain('gives fewer answers that call tools');
      expect(sentenceOf(last)).toContain(says);
    }
  });

  it('on one kind of request alone is rolled back by that slice', () => {
    const of = { simple: 0.6, multiple: 0.6, irrelevance: 0 };
    const last = play(defaults(), world(of), 1, { windows: 120 }).decisions.at(-1)!;
    expect([last.type, last.metric, last.slice]).toEqual(['rollback', 'tool_validity:applies', 'category=irrelevance']);
  });

  it('is told with the shares of both arms', () => {
    const last = play(defaults({ stages: [{ weightPct: 50, duration: '120s' }] }), world(0.44), 1, {
      windows: 120,
    }).decisions.at(-1)!;
    expect(sentenceOf(last)).toMatch(/tool_validity applied to (5|6)\d % of v1's answers and to (3|4)\d % of v2's/);
  });

  it('is let through where its document does not compare how often the metric applies', () => {
    const metrics = [{ name: 'error_rate' }, { name: 'task_success' }, { name: 'tool_validity', appliesLoss: 1 }];
    const played = play(defaults({ metrics }), world(0.3), 1, { windows: 120 });
    expect(played.decisions.at(-1)!.type).toBe('promote');
  });
});

describe('no alarm is raised', () => {
  it.each([
    ['that calls tools a little less often', 0.56],
    ['that calls tools more often', 0.9],
  ])('of a candidate %s', (_, calls) => {
    for (const seed of [1, 2, 3])
      expect(play(defaults({ shadow: SHADOW }), world(calls), seed, { windows: 120 }).decisions.at(-1)!.type).toBe(
        'promote',
      );
  });

  it('of what a judge leaves out, does not keep, or never comes to, however unevenly', () => {
    const absences: Partial<World>[] = [
      { kept: { stable: 1, candidate: 0.2 } },
      { share: () => ({ rules: 0.3, lagMs: 100 }) },
      { unspoken: { stable: 0, candidate: 0.5 } },
      { isUnread: true },
      { judge: { name: 'llm:m@1', candidatePct: 100, stablePct: 10 } },
    ];
    for (const more of absences) {
      const { decisions, evidence } = play(defaults({ shadow: SHADOW }), world(0.6, more), 1, { windows: 80 });
      expect(decisions.filter(({ type }) => type === 'rollback')).toEqual([]);
      expect(evidence.shadowCells.get('tool_validity:applies|_all')?.candidate.pairs).toBeGreaterThan(0);
    }
  });

  it(
    'in more than 5 of 100 rollouts of a version that is as good, over shadow and canary together',
    { timeout: 120_000 },
    () => {
      const runs = 200;
      const metrics = ['error_rate', 'task_success', 'tool_validity'].map((name) => ({ name }));
      const document = defaults({ shadow: SHADOW, metrics });
      const few = { ...world(0.6), requestsPerWindow: 20 };
      const ends = Array.from({ length: runs }, (_, seed) =>
        play(document, few, seed, { windows: 55 }).decisions.at(-1)!,
      );
      expect(ends.filter(({ type }) => type === 'rollback').length / runs).toBeLessThanOrEqual(0.05);
    },
  );
});
