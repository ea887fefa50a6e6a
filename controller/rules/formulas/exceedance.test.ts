import { describe, expect, it } from 'vitest';
import type { Bins } from '../../../schemas/sketch.ts';
import {
  bucketsOf,
  countAbove,
  MIN_PAST,
  mirrored,
  pooledExceedances,
  quantileIndex,
  thresholdIndex,
  total,
} from './exceedance.ts';
import { logMeanExp } from './log-sum-exp.ts';
import { rateIncrements } from './rate-ratio.ts';
import { mulberry32 } from './sampling.fixture.ts';

const bins = (...counts: number[]): Bins => counts.map((count, index) => ({ index, count }));
const GRID = [1.2, 1.5, 2, 3, 6];
const sparse = (list: Bins): Bins => list.filter((bin) => bin.count > 0);

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

describe('the threshold', () => {
  it('lies below the bucket that holds the quantile, so that at least the wanted share exceeds it', () => {
    const past = bins(90, 5, 3, 2);
    for (const quantile of [0.5, 0.9, 0.95, 0.99]) {
      const q = thresholdIndex(past, quantile);
      expect(countAbove(past, q)).toBeGreaterThanOrEqual((1 - quantile) * 100 - 1e-9);
    }
    expect(() => thresholdIndex([], 0.5)).toThrow(RangeError);
  });
});

describe('a window without a past', () => {
  it('counts both arms above the pooled quantile, the candidate’s values divided by the tolerated ratio', () => {
    const [candidate, baseline] = [bins(0, 0, 40, 10), bins(60, 30, 9, 1)];
    expect(pooledExceedances(candidate, baseline, 0.9, 0)).toEqual({
      candidateN: 50,
      candidateEvents: 50,
      baselineN: 100,
      baselineEvents: 10,
    });
    // Two buckets down a fifth of the candidate's lies above, and two fifths of the baseline's.
    expect(pooledExceedances(candidate, baseline, 0.9, 2)).toMatchObject({ candidateEvents: 10, baselineEvents: 40 });
    expect(pooledExceedances(bins(30), bins(60), 0.9, 0)).toBeNull();
  });

  it('has an expectation of at most 1 whatever the pooled values are, if all orders of them are equally likely', () => {
    const random = mulberry32(23);
    // 20 % of 120 values are the candidate's, drawn from the pool without order.
    const pool = Array.from({ length: 120 }, () => Math.floor(-20 * Math.log(1 - random())));
    const sums = GRID.map(() => 0);
    const runs = 4000;
    for (let run = 0; run < runs; run++) {
      const shuffled = pool.map((value) => ({ value, key: random() })).toSorted((a, b) => a.key - b.key);
      const arm = (values: typeof shuffled): Bins => {
        const counts = new Map<number, number>();
        for (const { value } of values) counts.set(value, (counts.get(value) ?? 0) + 1);
        return [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
      };
      const counts = pooledExceedances(arm(shuffled.slice(0, 24)), arm(shuffled.slice(24)), 0.95, 0);
      if (counts === null) throw new Error('too few values');
      rateIncrements(counts, 1, GRID).forEach((log, i) => (sums[i] = (sums[i] ?? 0) + Math.exp(log)));
    }
    for (const sum of sums) expect(sum / runs).toBeLessThanOrEqual(1.03);
  });
});

describe('latency evidence over a rollout', () => {
  const growth = 1.01 / 0.99;
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
    const sorted = (counts: Map<number, number>): Bins =>
      [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
    const past = new Map<number, number>();
    let logs = GRID.map(() => 0);
    return Array.from({ length: windows }, (_, t) => {
      const level = 1 + 0.2 * Math.sin(t / 5);
      const [candidate, baseline] = [sketch(level * slower), sketch(level)];
      const q = total(sorted(past)) < MIN_PAST ? undefined : thresholdIndex(sorted(past), 0.99);
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
