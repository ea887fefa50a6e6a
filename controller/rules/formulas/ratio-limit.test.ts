import { describe, expect, it } from 'vitest';
import { initialRatioLimit, ratioUpperLimit, stepRatioLimit } from './ratio-limit.ts';
import { binomial, mulberry32 } from './sampling.fixture.ts';

/** The limit after each of `windows` minutes at 600 requests; the level drifts. */
const run = (random: () => number, ratio: number, windows: number, level: number): number[] => {
  let state = initialRatioLimit();
  return Array.from({ length: windows }, (_, t) => {
    const p = level * 2 ** Math.sin(t / 10);
    const candidateN = binomial(random, 600, t < 20 ? 0.05 : 0.25);
    const window = {
      candidateN,
      candidateEvents: binomial(random, candidateN, ratio * p),
      baselineN: 600 - candidateN,
      baselineEvents: binomial(random, 600 - candidateN, p),
    };
    state = stepRatioLimit(state, window, 1);
    return ratioUpperLimit(state, 0.05);
  });
};

describe('the upper limit of a ratio of rates', () => {
  it('is infinite before there is evidence, then only falls', () => {
    expect(ratioUpperLimit(initialRatioLimit(), 0.05)).toBe(Infinity);
    const limits = run(mulberry32(71), 1, 60, 0.03);
    limits.forEach((limit, i) => expect(limit).toBeLessThanOrEqual(limits[i - 1] ?? Infinity));
    expect(limits.at(-1)).toBeLessThan(1.6);
  });

  it('is ever below the true ratio in at most 5 % of 300 rollouts', () => {
    const random = mulberry32(73);
    for (const ratio of [1.2, 2]) {
      const missed = Array.from({ length: 300 }, () => run(random, ratio, 60, 0.02)).filter(
        (limits) => Math.min(...limits) < ratio,
      );
      expect(missed.length).toBeLessThanOrEqual(15);
    }
  });
});
