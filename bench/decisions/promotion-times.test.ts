import { expect, it } from 'vitest';
import { playPromotion } from './promotion-times.ts';
import { median } from './wilson.ts';

const minutesOf = (stableBad: number): number[] =>
  Array.from({ length: 9 }, (_, rollout) =>
    playPromotion({ promotion: 'budget', requestsPerMinute: 10, stableBad }, 4, rollout),
  ).flatMap(({ how, minutes }) => (how === 'promoted' ? [minutes] : []));

it.each([0, 0.001, 0.01])(
  'all by default, a small team with %d errors has its promotion within a day in the middle of cases',
  { timeout: 30_000 },
  (stableBad) => {
    expect(median(minutesOf(stableBad))).toBeLessThan(1_440);
  },
);

it('a candidate that fails beside a flawless stable is stopped after a few bad answers', () => {
  const cell = { promotion: 'budget', requestsPerMinute: 10, stableBad: 0, candidateBad: 0.05 } as const;
  const played = Array.from({ length: 10 }, (_, rollout) => playPromotion(cell, 4, rollout));
  expect(played.map(({ how }) => how)).toEqual(played.map(() => 'rolled_back'));
  expect(Math.max(...played.map(({ harm }) => harm))).toBeLessThan(25);
});

it('the same seed plays the same rollout', () => {
  const cell = { promotion: 'prove', requestsPerMinute: 40, stableBad: 0.001 } as const;
  expect(playPromotion(cell, 1, 2)).toEqual(playPromotion(cell, 1, 2));
});
