import { describe, expect, it } from 'vitest';
import { logSignTestE } from './sign-test.ts';
import { binomialPmf } from './sampling.fixture.ts';

describe('the sign test', () => {
  it('meets the published number: 14 of 18 worse', () => {
    expect(logSignTestE(14, 18)).toBeCloseTo(2.189535419327, 12);
  });

  it('has no evidence without pairs', () => expect(logSignTestE(0, 0)).toBe(0));

  it('has expectation exactly 1 under a fair coin, at every n', () => {
    for (const n of [1, 2, 7, 30, 101]) {
      let sum = 0;
      for (let k = 0; k <= n; k++) sum += binomialPmf(n, k, 0.5) * Math.exp(logSignTestE(k, n));
      expect(sum).toBeCloseTo(1, 10);
    }
  });

  it('is a martingale: the two ways a pair can fall average to what was known before it', () => {
    for (const [k, n] of [
      [0, 5],
      [3, 6],
      [40, 60],
      [10, 300],
      [700, 1300],
    ] as const) {
      const before = logSignTestE(k, n);
      const next = (Math.exp(logSignTestE(k, n + 1) - before) + Math.exp(logSignTestE(k + 1, n + 1) - before)) / 2;
      expect(next).toBeCloseTo(1, 9);
    }
  });

  it('agrees with the plain sum on both sides of the middle', () => {
    const plain = (k: number, n: number): number => {
      let sum = 0;
      for (let j = 0; j <= k; j++) sum += binomialPmf(n + 1, j, 0.5);
      return Math.log((2 ** (n + 1) * sum) / ((n + 1) * binomialPmf(n, k, 0.5) * 2 ** n));
    };
    for (let n = 1; n <= 60; n++) for (let k = 0; k <= n; k++) expect(logSignTestE(k, n)).toBeCloseTo(plain(k, n), 10);
  });

  it('stays finite and rising in k where the tail underflows', () => {
    const n = 5000;
    let before = -Infinity;
    for (const k of [0, 1, 100, 1000, 2499, 2500, 2501, 2600, 4000, 4999, 5000]) {
      const value = logSignTestE(k, n);
      expect(Number.isFinite(value)).toBe(true);
      expect(value).toBeGreaterThan(before);
      before = value;
    }
    // All worse: E = 2^(n+1)/(n+1) but for the vanishing rest of the tail. None worse: E = 1/(n+1).
    expect(logSignTestE(n, n)).toBeCloseTo((n + 1) * Math.LN2 - Math.log(n + 1), 8);
    expect(logSignTestE(0, n)).toBeCloseTo(-Math.log(n + 1), 12);
  });

  it('refuses counts that are no counts', () => {
    for (const [k, n] of [
      [-1, 3],
      [4, 3],
      [1.5, 3],
      [NaN, 3],
      [1, Infinity],
    ] as const)
      expect(() => logSignTestE(k, n)).toThrow(RangeError);
  });
});
