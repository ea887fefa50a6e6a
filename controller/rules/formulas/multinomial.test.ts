import { describe, expect, it } from 'vitest';
import { logDiffer, logMoreThan, logMoreThanBy } from './multinomial.ts';
import { binomialPmf, mulberry32 } from './sampling.fixture.ts';

describe('the sequential multinomial test', () => {
  it('gives the published p-value of 500 against 600 conversions', () => {
    expect(Math.exp(-logDiffer([500, 600], [1, 1], 100))).toBeCloseTo(0.053384012419379574, 12);
  });

  it('has an expectation of 1 if all arms convert alike', () => {
    for (const [n, share] of [
      [12, 0.5],
      [30, 0.2],
    ] as const) {
      let expected = 0;
      for (let x = 0; x <= n; x++)
        expected += binomialPmf(n, x, share) * Math.exp(logDiffer([x, n - x], [share, 1 - share]));
      expect(expected).toBeCloseTo(1, 9);
    }
  });

  it('says nothing without conversions, and takes shares in any unit and counts divided by a dispersion', () => {
    expect(logDiffer([0, 0, 0], [30, 30, 40])).toBeCloseTo(0, 12);
    expect(logDiffer([20, 31], [1, 3])).toBeCloseTo(logDiffer([20, 31], [25, 75]), 9);
    expect(logDiffer([250, 300], [1, 1])).toBeLessThan(logDiffer([500, 600], [1, 1]));
  });

  it.each([
    [[1], [1]],
    [[1, 2], [1]],
    [
      [-1, 2],
      [1, 1],
    ],
    [
      [1, NaN],
      [1, 1],
    ],
    [
      [1, 2],
      [0, 1],
    ],
  ])('refuses counts %j of shares %j', (counts, shares) => {
    expect(() => logDiffer(counts, shares)).toThrow(RangeError);
  });
});

describe('the one-sided test of a share', () => {
  it.each([
    [0.5, 0.5],
    [0.5, 0.45],
    [0.3, 0.3],
    [0.3, 0.1],
  ])('against at most %d has an expectation of at most 1 when the share is %d', (theta, share) => {
    for (const n of [15, 40, 60]) {
      let expected = 0;
      for (let x = 0; x <= n; x++) expected += binomialPmf(n, x, share) * Math.exp(logMoreThan(x, n - x, theta));
      expect(expected).toBeLessThanOrEqual(1 + 1e-9);
      if (share === theta) expect(expected).toBeCloseTo(1, 9);
    }
  });

  it('by given alternatives has an expectation of at most 1, too', () => {
    for (const share of [0.5, 0.4]) {
      let expected = 0;
      for (let x = 0; x <= 40; x++)
        expected += binomialPmf(40, x, share) * Math.exp(logMoreThanBy(x, 40 - x, 0.5, [0.51, 0.6]));
      expect(expected).toBeLessThanOrEqual(1 + 1e-9);
    }
    expect(() => logMoreThanBy(1, 1, 0.5, [0.4])).toThrow(RangeError);
  });

  it('is a martingale at the boundary: each step’s expectation is what there was', () => {
    for (const [x, y] of [
      [0, 0],
      [3, 9],
      [200, 150],
    ] as const) {
      const now = logMoreThan(x, y, 0.4);
      const next = 0.4 * Math.exp(logMoreThan(x + 1, y, 0.4) - now) + 0.6 * Math.exp(logMoreThan(x, y + 1, 0.4) - now);
      expect(next).toBeCloseTo(1, 9);
    }
  });

  it('rarely ever reaches 20 under its null, though looked at after each conversion', () => {
    const random = mulberry32(11);
    let alarms = 0;
    for (let run = 0; run < 400; run++) {
      let [x, y] = [0, 0];
      for (let i = 0; i < 60; i++) {
        for (let j = 0; j < 10; j++) if (random() < 0.5) x++;
        y = 10 * (i + 1) - x;
        if (logMoreThan(x, y, 0.5) >= Math.log(20)) {
          alarms += 1;
          break;
        }
      }
    }
    expect(alarms / 400).toBeLessThanOrEqual(0.05);
  });

  it('stays finite however lopsided or large the counts are', () => {
    for (const [x, y] of [
      [3, 5_000_000],
      [5_000_000, 3],
      [1e7, 1.001e7],
    ] as const)
      expect(Number.isFinite(logMoreThan(x, y, 0.5))).toBe(true);
  });
});
