import { describe, expect, it } from 'vitest';
import { addSums, type Sum } from './bernstein.ts';
import { initialInterval, limits, pastOf, stepInterval } from './interval.ts';
import { mulberry32 } from './sampling.fixture.ts';

const NONE: Sum = { n: 0, s1: 0, s2: 0 };

/** Bad events or scores about a drifting level, weights that change; the limits at every window. */
const run = (random: () => number, difference: number, windows: number, kind: 'rate' | 'score', swing = 0.4) => {
  let state = initialInterval();
  let past = NONE;
  const draw = (n: number, mean: number): Sum => {
    let sum = NONE;
    for (let i = 0; i < n; i++) {
      const x = kind === 'rate' ? Number(random() < mean) : mean + 0.3 * (random() - 0.5);
      sum = addSums(sum, { n: 1, s1: x, s2: x * x });
    }
    return sum;
  };
  return Array.from({ length: windows }, (_, t) => {
    const level = (kind === 'rate' ? 0.1 : 0.6) * (1 + swing * Math.sin(t / 8));
    const window = { candidate: draw(t < 20 ? 10 : 80, level + difference), baseline: draw(t < 20 ? 190 : 60, level) };
    const seen = pastOf(past, 0.2, 0.05);
    state = stepInterval(state, window, { candidate: seen, baseline: seen });
    past = addSums(past, addSums(window.candidate, window.baseline));
    return limits(state, 0.05);
  });
};

describe('the interval of a difference', () => {
  it('is null before a window had both arms, and unmoved by a window with one', () => {
    const seen = pastOf(NONE, 0.1, 0.1);
    const window = { candidate: NONE, baseline: { n: 5, s1: 1, s2: 1 } };
    expect(limits(initialInterval(), 0.05)).toBeNull();
    expect(stepInterval(initialInterval(), window, { candidate: seen, baseline: seen })).toEqual(initialInterval());
  });

  it.each(['rate', 'score'] as const)(
    'of a %s ever misses the true difference in at most 5 % of 200 rollouts, under drift and changing weights',
    (kind) => {
      const random = mulberry32(91);
      for (const difference of [0, 0.03]) {
        const missed = Array.from({ length: 200 }, () => run(random, difference, 60, kind)).filter((found) =>
          found.some((l) => l !== null && (l.lower > difference || l.upper < difference)),
        );
        expect(missed.length).toBeLessThanOrEqual(10);
      }
    },
  );

  it('narrows to what a fixed sample would give, but for a factor of about two', () => {
    const last = run(mulberry32(93), 0, 300, 'score', 0).at(-1);
    const items = 20 * 10 + 280 * 60;
    const fixed = 1.96 * Math.sqrt((2 * 0.0075) / items);
    expect(last?.upper ?? NaN).toBeLessThan((last?.difference ?? NaN) + 2.6 * fixed);
    expect(last?.lower ?? NaN).toBeGreaterThan((last?.difference ?? NaN) - 2.6 * fixed);
  });

  it('is wider at a smaller α, and with φ', () => {
    let state = initialInterval();
    const seen = pastOf(NONE, 0.5, 0.1);
    const window = { candidate: { n: 50, s1: 25, s2: 15 }, baseline: { n: 50, s1: 25, s2: 15 } };
    for (let t = 0; t < 20; t++) state = stepInterval(state, window, { candidate: seen, baseline: seen });
    const width = (alpha: number, phi = 1): number => {
      const found = limits(state, alpha, phi);
      return found === null ? NaN : found.upper - found.lower;
    };
    expect(width(0.01)).toBeGreaterThan(width(0.05));
    expect(width(0.05, 3)).toBeGreaterThan(width(0.05));
  });

  it('is in the unit of the values', () => {
    const seen = pastOf(NONE, 0.5, 0.1);
    const window = { candidate: { n: 50, s1: 30, s2: 20 }, baseline: { n: 50, s1: 25, s2: 15 } };
    const state = stepInterval(initialInterval(), window, { candidate: seen, baseline: seen }, { unit: 8 });
    expect(limits(state, 0.05)?.difference).toBeCloseTo(0.8, 12);
  });
});
