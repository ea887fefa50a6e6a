import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absoluteIncrements, logAbsoluteE, rateUpperLimit } from './absolute-rate.ts';
import { binomial, binomialPmf, mulberry32 } from './sampling.fixture.ts';

describe('the absolute rate', () => {
  it('lets a flawless candidate pass after about ln(1/α)/rateFloor requests', () => {
    const floor = 0.005;
    const needed = Math.log(20) / floor;
    expect(logAbsoluteE(needed, 0, floor)).toBeLessThan(Math.log(20));
    expect(logAbsoluteE(1.35 * needed, 0, floor)).toBeGreaterThan(Math.log(20));
  });

  it('is Wald’s likelihood ratio', () => {
    const [none, quarter, half] = absoluteIncrements(100, 2, 0.04);
    expect(none).toBe(-Infinity);
    expect(quarter).toBeCloseTo(2 * Math.log(1 / 4) + 98 * Math.log(0.99 / 0.96), 12);
    expect(half).toBeCloseTo(2 * Math.log(1 / 2) + 98 * Math.log(0.98 / 0.96), 12);
  });

  it('has an expectation of at most 1 for every rate at or above the floor', () => {
    const rate = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), rate, fc.double({ min: 0, max: 1, noNaN: true }), (n, f, up) => {
        const p = f + up * (1 - f);
        let sum = 0;
        for (let x = 0; x <= n; x++) sum += binomialPmf(n, x, p) * Math.exp(logAbsoluteE(n, x, f));
        expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('refuses impossible counts and rates', () => {
    expect(() => absoluteIncrements(3, 4, 0.1)).toThrow(RangeError);
    expect(() => absoluteIncrements(3, 1, 0)).toThrow(RangeError);
  });
});

describe('the upper limit of a rate', () => {
  it('is 1 without data and falls towards the rate', () => {
    expect(rateUpperLimit(0, 0, 0.05)).toBe(1);
    expect(rateUpperLimit(100, 1, 0.05)).toBeGreaterThan(0.03);
    expect(rateUpperLimit(10_000, 100, 0.05)).toBeLessThan(0.025);
  });

  it('is ever below the true rate in at most 5 % of 400 rollouts', () => {
    const random = mulberry32(51);
    let below = 0;
    for (let i = 0; i < 400; i++) {
      let [n, x, missed] = [0, 0, false];
      for (let t = 0; t < 60; t++) {
        n += 30;
        x += binomial(random, 30, 0.02);
        missed ||= rateUpperLimit(n, x, 0.05) < 0.02;
      }
      if (missed) below++;
    }
    expect(below).toBeLessThanOrEqual(20);
  });
});
