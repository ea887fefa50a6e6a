import { describe, expect, it } from 'vitest';
import {
  initialClaims,
  initialSumClaims,
  logAbove,
  logWithin,
  lowerRatio,
  stepMeans,
  stepSums,
  sumRatioLimit,
} from './arm-difference.ts';
import { binomial, binomialPmf, mulberry32 } from './sampling.fixture.ts';

const ones = (n: number, k: number) => ({ n, s1: k, s2: k });
const PAST = { centre: 0.3, variance: 0.21 };
const MARGIN = 0.1;

/** The expectation of one window's e-values when each arm's n values are 1 with its own chance, else 0. */
const expected = (n: [number, number], p: [number, number]): { above: number; within: number } => {
  const sums = { above: 0, within: 0 };
  for (let i = 0; i <= n[0]; i++)
    for (let j = 0; j <= n[1]; j++) {
      const window = { first: ones(n[0], i), second: ones(n[1], j) };
      const claims = stepMeans(initialClaims(), window, { first: PAST, second: PAST }, MARGIN);
      const chance = binomialPmf(n[0], i, p[0]) * binomialPmf(n[1], j, p[1]);
      sums.above += chance * Math.exp(logAbove(claims));
      sums.within += chance * Math.exp(logWithin(claims));
    }
  return sums;
};

describe('means of two arms', () => {
  it.each<[[number, number], [number, number]]>([
    [
      [12, 12],
      [0.3, 0.3],
    ],
    [
      [4, 20],
      [0.5, 0.5],
    ],
    [
      [20, 4],
      [0.05, 0.3],
    ],
  ])('of %j values with means %j: “above” has an expectation of at most 1', (n, p) => {
    expect(expected(n, p).above).toBeLessThanOrEqual(1 + 1e-12);
  });

  it.each<[[number, number], [number, number]]>([
    [
      [12, 12],
      [0.33, 0.3],
    ],
    [
      [4, 20],
      [0.66, 0.6],
    ],
    [
      [20, 4],
      [0.9, 0.3],
    ],
  ])('of %j values with means %j: “within” has an expectation of at most 1', (n, p) => {
    expect(expected(n, p).within).toBeLessThanOrEqual(1 + 1e-12);
  });

  it('grow apart: the larger mean is proven above, equal ones within', () => {
    const random = mulberry32(3);
    let [apart, same] = [initialClaims(), initialClaims()];
    for (let i = 0; i < 40; i++) {
      const half = (): { n: number; s1: number; s2: number } => ones(500, binomial(random, 500, 0.5));
      const past = { first: { centre: 0.5, variance: 0.25 }, second: { centre: 0.5, variance: 0.25 } };
      apart = stepMeans(apart, { first: ones(500, binomial(random, 500, 0.55)), second: half() }, past, MARGIN);
      same = stepMeans(same, { first: half(), second: half() }, past, MARGIN);
    }
    expect(logAbove(apart)).toBeGreaterThan(Math.log(40));
    expect(logWithin(same)).toBeGreaterThan(Math.log(20));
    expect(logAbove(same)).toBeLessThan(Math.log(20));
  });

  it('of one arm alone say nothing', () => {
    const past = { first: PAST, second: PAST };
    const alone = { first: ones(10, 4), second: ones(0, 0) };
    expect(stepMeans(initialClaims(), alone, past, MARGIN)).toEqual(initialClaims());
  });
});

describe('sums of events', () => {
  const past = { mean: 0.4, square: 0.25 };
  const values = [0.1, 0.9];

  /** The expectation after one event of either arm: arm 1's with a chance by weight and rate, each value as likely. */
  const afterOne = (shares: readonly [number, number], sums: readonly [number, number], margin = 0.1) => {
    const mean = (values[0]! + values[1]!) / 2;
    const rates = [sums[0] / mean, sums[1] / mean];
    const total = shares[0] * rates[0]! + shares[1] * rates[1]!;
    const expected = { above: 0, within: 0 };
    for (const arm of [0, 1])
      for (const x of values) {
        const none = { n: 0, s1: 0, s2: 0 };
        const event = { n: 1, s1: x, s2: x * x };
        const window = { first: arm === 0 ? event : none, second: arm === 1 ? event : none };
        const claims = stepSums(initialSumClaims(), window, past, { shares, margin });
        const chance = (shares[arm]! * rates[arm]!) / total / values.length;
        expected.above += chance * Math.exp(logAbove(claims));
        expected.within += chance * Math.exp(logWithin(claims));
      }
    return expected;
  };

  it.each<[readonly [number, number]]>([[[50, 50]], [[10, 90]], [[70, 30]]])(
    'with weights %j have an expectation of at most 1 under what they speak against',
    (shares) => {
      expect(afterOne(shares, [1, 1]).above).toBeLessThanOrEqual(1 + 1e-12);
      expect(afterOne(shares, [0.5, 1]).above).toBeLessThanOrEqual(1 + 1e-12);
      expect(afterOne(shares, [1.1, 1]).within).toBeLessThanOrEqual(1 + 1e-12);
      expect(afterOne(shares, [2, 1]).within).toBeLessThanOrEqual(1 + 1e-12);
      expect(afterOne(shares, [2, 1]).above).toBeGreaterThan(1);
      expect(afterOne(shares, [1, 1]).within).toBeGreaterThan(1);
    },
  );

  it('give a lower limit of the ratio that lies below it and comes near', () => {
    const random = mulberry32(5);
    let claims = initialSumClaims();
    for (let i = 0; i < 200; i++) {
      const events = (n: number) => {
        const big = binomial(random, n, 0.5);
        return { n, s1: 0.9 * big + 0.1 * (n - big), s2: 0.81 * big + 0.01 * (n - big) };
      };
      const first = binomial(random, 1000, 0.03);
      const second = binomial(random, 3000, 0.02);
      const window = { first: events(first), second: events(second) };
      claims = stepSums(claims, window, past, { shares: [25, 75], margin: 0.1 });
    }
    const limit = sumRatioLimit(claims, 0.025);
    expect(limit).toBeGreaterThan(1.3);
    expect(limit).toBeLessThan(1.5);
    expect(sumRatioLimit(initialSumClaims(), 0.025)).toBe(0);
  });
});

it('a ratio’s limit is the inverse of the least scale that is rejected', () => {
  expect(lowerRatio((s) => 10 * Math.log(s / 0.5), 0.05)).toBeCloseTo(1 / (0.5 * 20 ** 0.1), 6);
  expect(lowerRatio(() => 0, 0.05)).toBe(0);
});
