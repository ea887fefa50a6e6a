import { describe, expect, it } from 'vitest';
import { quantile, spread } from './quantiles.ts';

describe('quantile', () => {
  it('is the smallest value with at least that share at or below it', () => {
    const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0.5, 0.99, 1, 0].map((q) => quantile(sorted, q))).toEqual([50, 99, 100, 1]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('spread', () => {
  it('leaves out rounds without a figure', () => {
    expect(spread([3, null, 1, Number.NaN, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spread([null])).toBeNull();
  });
});
