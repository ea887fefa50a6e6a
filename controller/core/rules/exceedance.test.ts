import { describe, expect, it } from 'vitest';
import { type Bin, bucketsOf, countAbove, MIN_PAST, mirrored, quantileIndex, total } from './exceedance.ts';
import { logMeanExp } from './log-sum-exp.ts';
import { rateIncrements } from './rate-ratio.ts';
import { mulberry32 } from './sampling.fixture.ts';

const bins = (...counts: number[]): Bin[] => counts.map((count, index) => ({ index, count }));
const sparse = (list: Bin[]): Bin[] => list.filter((bin) => bin.count > 0);

describe('the past quantile', () => {
  it('is the bucket that holds it', () => {
    expect(quantileIndex(bins(98, 1, 1), 0.98)).toBe(0);
    expect(quantileIndex(bins(98, 1, 1), 0.99)).toBe(1);
    expect(quantileIndex(bins(98, 1, 1), 0.995)).toBe(2);
    expect(quantileIndex(bins(0, 0, 5), 0.01)).toBe(2);
    expect(quantileIndex(bins(5, 5), 0.5)).toBe(0);
  });

  it('is undefined without data', () => {
    expect(quantileIndex([], 0.99)).toBeUndefined();
    expect(quantileIndex(bins(0, 0), 0.99)).toBeUndefined();
  });
});

describe('counting above a threshold', () => {
  it('does not depend on whether empty buckets are listed', () => {
    const list = bins(3, 0, 0, 1, 0, 2);
    expect(countAbove(list, 2)).toBe(3);
    expect(countAbove(sparse(list), 2)).toBe(3);
    expect(total(list)).toBe(6);
  });

  it('rounds a ratio so that the evidence can only lose: up for harm, down for proof', () => {
    expect(bucketsOf(1.5, 2, 'up')).toBe(1);
    expect(bucketsOf(1.5, 2, 'down')).toBe(0);
    expect(bucketsOf(1, 2, 'up')).toBe(0);
    const growth = 1.01 / 0.99;
    expect([bucketsOf(growth ** 7, growth, 'up'), bucketsOf(growth ** 7, growth, 'down')]).toEqual([7, 7]);
  });

  it('turns a measure of which more is better round', () => {
    // Powers of two: bucket i holds (2^(i−1), 2^i]; 3 lies in bucket 2, 1/3 in bucket −1.
    expect(mirrored([{ index: 2, count: 4 }])).toEqual([{ index: -1, count: 4 }]);
    expect(mirrored(bins(1, 2, 3)).map(({ count }) => count)).toEqual([3, 2, 1]);
    expect(quantileIndex(mirrored(bins(1, 9, 90)), 0.9)).toBe(-1);
  });

  it('refuses malformed input', () => {
    expect(() => countAbove(bins(1, 2).toReversed(), 0)).toThrow(/sorted/);
    expect(() => countAbove(bins(-1), 0)).toThrow(RangeError);
    expect(() => bucketsOf(1.5, 1, 'up')).toThrow(/growth/);
    expect(() => bucketsOf(0, 2, 'up')).toThrow(RangeError);
    expect(() => quantileIndex(bins(1), 1)).toThrow(RangeError);
  });
});

describe('latency evidence over a rollout', () => {
  const growth = 1.01 / 0.99;
  const GRID = [1.2, 1.5, 2, 3, 6];
  type Run = { random: () => number; slower: number; r: number; windows: number; perArm: number };

  /** Log-normal latencies whose level drifts; returns every window's ln E. */
  const run = ({ random, slower, r, windows, perArm }: Run): number[] => {
    const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const sketch = (scale: number): Map<number, number> => {
      const counts = new Map<number, number>();
      for (let i = 0; i < perArm; i++) {
        const index = Math.ceil(Math.log(scale * Math.exp(gauss() / 2)) / Math.log(growth));
        counts.set(index, (counts.get(index) ?? 0) + 1);
      }
      return counts;
    };
    const sorted = (counts: Map<number, number>): Bin[] =>
      [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
    const past = new Map<number, number>();
    let logs = GRID.map(() => 0);
    return Array.from({ length: windows }, (_, t) => {
      const level = 1 + 0.2 * Math.sin(t / 5);
      const [candidate, baseline] = [sketch(level * slower), sketch(level)];
      const q = total(sorted(past)) < MIN_PAST ? undefined : quantileIndex(sorted(past), 0.99);
      if (q !== undefined) {
        const window = {
          candidateN: perArm,
          candidateEvents: countAbove(sorted(candidate), q + bucketsOf(r, growth, 'up')),
          baselineN: perArm,
          baselineEvents: countAbove(sorted(baseline), q),
        };
        const increments = rateIncrements(window, 1, GRID);
        logs = logs.map((log, i) => log + (increments[i] ?? NaN));
      }
      for (const [index, count] of baseline) past.set(index, (past.get(index) ?? 0) + count);
      return logMeanExp(logs);
    });
  };

  it('has expectation at most 1 at every window for a candidate exactly as slow as tolerated', () => {
    const random = mulberry32(17);
    const runs = Array.from({ length: 300 }, () => run({ random, slower: 1.25, r: 1.25, windows: 8, perArm: 100 }));
    for (let t = 0; t < 8; t++) {
      const values = runs.map((logEs) => Math.exp(logEs[t] ?? NaN));
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      expect(mean).toBeLessThanOrEqual(1 + 3 * Math.sqrt(variance / values.length));
    }
    expect(runs.filter((logEs) => Math.max(...logEs) >= Math.log(20)).length).toBeLessThanOrEqual(0.05 * runs.length);
  });

  it('finds a candidate slower than tolerated', () => {
    const logEs = run({ random: mulberry32(19), slower: 1.8, r: 1.2, windows: 15, perArm: 300 });
    expect(logEs.at(-1)).toBeGreaterThan(Math.log(20));
  });
});
