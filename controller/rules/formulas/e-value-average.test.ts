import { describe, expect, it } from 'vitest';
import { logWeightedMean } from './e-value-average.ts';
import { logMeanExp, logSumExp } from './log-sum-exp.ts';

describe('the average over metrics', () => {
  it('is the weighted mean of e-values, weights normalised', () => {
    const { logE } = logWeightedMean([
      { weight: 2, logE: Math.log(10) },
      { weight: 6, logE: Math.log(2) },
    ]);
    expect(logE).toBeCloseTo(Math.log((2 * 10 + 6 * 2) / 8), 12);
  });

  it('names the component with the largest weighted share, not the largest e', () => {
    const { decides } = logWeightedMean([
      { metric: 'latency', weight: 0.01, logE: Math.log(50) },
      { metric: 'errors', weight: 0.99, logE: Math.log(40) },
    ]);
    expect(decides.metric).toBe('errors');
  });

  it('the first of equals decides', () => {
    const equal = { weight: 1, logE: 3 };
    expect(
      logWeightedMean([
        { ...equal, metric: 'a' },
        { ...equal, metric: 'b' },
      ]).decides.metric,
    ).toBe('a');
  });

  it('four metrics of which one has e = 80 reach 20 only with the others’ help', () => {
    const alone = logWeightedMean([Math.log(79), 0, -1, -Infinity].map((logE) => ({ weight: 1, logE })));
    expect(alone.logE).toBeCloseTo(Math.log((79 + 1 + Math.exp(-1)) / 4), 12);
  });

  it('does not overflow, nor vanish', () => {
    expect(
      logWeightedMean([
        { weight: 1, logE: 5000 },
        { weight: 1, logE: 0 },
      ]).logE,
    ).toBeCloseTo(5000 - Math.LN2, 9);
    expect(logWeightedMean([{ weight: 1, logE: -5000 }]).logE).toBe(-5000);
    expect(logWeightedMean([{ weight: 1, logE: -Infinity }]).logE).toBe(-Infinity);
  });

  it('a component of weight 0 neither counts nor decides', () => {
    const { logE, decides } = logWeightedMean([
      { weight: 0, logE: 99 },
      { weight: 1, logE: 1 },
    ]);
    expect([logE, decides.weight]).toEqual([1, 1]);
  });

  it('refuses nothing to average, and what is no weight or evidence', () => {
    expect(() => logWeightedMean([])).toThrow(RangeError);
    expect(() => logWeightedMean([{ weight: 0, logE: 1 }])).toThrow(RangeError);
    expect(() => logWeightedMean([{ weight: -1, logE: 1 }])).toThrow(RangeError);
    expect(() => logWeightedMean([{ weight: 1, logE: NaN }])).toThrow(RangeError);
  });
});

describe('sums of exponentials', () => {
  it('hold at the extremes', () => {
    expect(logSumExp([])).toBe(-Infinity);
    expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 12);
    expect(logMeanExp([0, 0, 0])).toBeCloseTo(0, 12);
  });
});
