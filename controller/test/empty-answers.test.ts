import { expect, it } from 'vitest';
import { GOOD, play, rolloutDocument, SHADOW } from './play.fixture.ts';
import type { World } from './traffic.fixture.ts';

const world = (empty: number): World => ({
  stable: { ...GOOD, empty: 0.002 },
  candidate: { ...GOOD, empty, latency: 0.15 },
  requestsPerWindow: 100,
  windowMs: 1_000,
});

it.each([
  ['in a canary', {}],
  ['in a shadow', { shadow: SHADOW }],
])('a candidate of which a fifth is empty is rolled back by the metrics that nobody named, %s', (_, spec) => {
  const played = play(rolloutDocument({ metrics: undefined, ...spec }), world(0.2), 1, { windows: 120 });
  const last = played.decisions.at(-1)!;
  expect(last.type).toBe('rollback');
  expect(last.reason).toContain('empty_answer');
});

it('a candidate that is as seldom empty as stable is promoted by them', () => {
  const document = rolloutDocument({ metrics: undefined, stages: undefined, promotion: 'budget' });
  expect(play(document, world(0.002), 1, { windows: 900 }).decisions.at(-1)!.type).toBe('promote');
});
