import { describe, expect, it } from 'vitest';
import { exceedances, quantileEdge } from './exceedance.ts';
import type { Bin } from './exceedance.ts';
import { initialState, logE, step } from './rate-ratio.ts';
import { mulberry32 } from './sampling.fixture.ts';

/** Powers of two as edges: bucket i holds (2^(i−1), 2^i]. */
const bins = (...counts: number[]): Bin[] => counts.map((count, i) => ({ upperEdge: 2 ** i, count }));
const sparse = (list: Bin[]): Bin[] => list.filter((bin) => bin.count > 0);

describe('the past quantile', () => {
  it('is the upper edge of the bucket that holds it', () => {
    expect(quantileEdge(bins(98, 1, 1), 0.98)).toBe(1);
    expect(quantileEdge(bins(98, 1, 1), 0.99)).toBe(2);
    expect(quantileEdge(bins(98, 1, 1), 0.995)).toBe(4);
    expect(quantileEdge(bins(0, 0, 5), 0.01)).toBe(4);
  });

  it('is undefined without data', () => {
    expect(quantileEdge([], 0.99)).toBeUndefined();
    expect(quantileEdge(bins(0, 0), 0.99)).toBeUndefined();
  });
});

describe('exceedances', () => {
  const past = bins(90, 9, 1); // p99 = 2
  const base = { past, candidate: bins(1, 2, 4, 8, 16), baseline: bins(100, 200, 40, 80), growth: 2, r: 2 };

  it('counts the candidate above r·q and the baseline above q', () => {
    expect(exceedances(base)).toEqual({
      q: 2,
      rq: 4,
      candidateN: 31,
      candidateEvents: 24,
      baselineN: 420,
      baselineEvents: 120,
    });
  });

  it('rounds r·q up, so that an exceedance is never invented', () => {
    expect(exceedances({ ...base, r: 1.5 })).toMatchObject({ rq: 4, candidateEvents: 24 });
    expect(exceedances({ ...base, r: 2.1 })).toMatchObject({ rq: 8, candidateEvents: 16 });
    expect(exceedances({ ...base, r: 1 })).toMatchObject({ rq: 2, candidateEvents: 28 });
  });

  it('does not depend on whether empty buckets are listed', () => {
    const candidate = bins(3, 0, 0, 1, 0);
    expect(exceedances({ ...base, candidate: sparse(candidate) })).toEqual(exceedances({ ...base, candidate }));
  });

  it('is not moved by rounding in the last digit of an edge', () => {
    const growth = 1.01 / 0.99;
    const edges = Array.from({ length: 400 }, (_, i) => ({ upperEdge: growth ** i, count: 1 }));
    const others = edges.map((_, i) => ({ upperEdge: Math.exp(i * Math.log(growth)), count: 1 }));
    for (const r of [1, growth, growth ** 7, 1.5]) {
      const same = exceedances({ past: edges, candidate: edges, baseline: edges, growth, r });
      expect(exceedances({ past: edges, candidate: others, baseline: others, growth, r })).toEqual(same);
      // 396 is the p99 of 400; whole buckets of r go up by exactly so many.
      expect(same?.baselineEvents).toBe(4);
      expect(same?.candidateEvents).toBe(Math.max(0, 4 - Math.ceil(Math.log(r) / Math.log(growth) - 1e-9)));
    }
  });

  it('counts nothing until the past holds 100 values', () => {
    expect(exceedances({ ...base, past: bins(90, 9) })).toBeUndefined();
    expect(exceedances({ ...base, past: [] })).toBeUndefined();
    expect(exceedances({ ...base, past: bins(90, 9), minPast: 99 })).toBeDefined();
  });

  it('refuses malformed input', () => {
    expect(() => exceedances({ ...base, past: bins(1, 2).toReversed() })).toThrow(/sorted/);
    expect(() => exceedances({ ...base, candidate: bins(-1) })).toThrow(RangeError);
    expect(() => exceedances({ ...base, growth: 1 })).toThrow(/growth/);
    expect(() => exceedances({ ...base, r: 0 })).toThrow(RangeError);
    expect(() => exceedances({ ...base, quantile: 1 })).toThrow(RangeError);
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
    const sorted = (counts: Map<number, number>): Bin[] =>
      [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ upperEdge: growth ** index, count }));
    const past = new Map<number, number>();
    let state = initialState();
    return Array.from({ length: windows }, (_, t) => {
      const level = 1 + 0.2 * Math.sin(t / 5);
      const [candidate, baseline] = [sketch(level * slower), sketch(level)];
      const counts = exceedances({
        past: sorted(past),
        candidate: sorted(candidate),
        baseline: sorted(baseline),
        growth,
        r,
      });
      if (counts !== undefined) state = step(state, counts, { r0: 1 });
      for (const [index, count] of baseline) past.set(index, (past.get(index) ?? 0) + count);
      return logE(state);
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
