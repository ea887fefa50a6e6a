import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { betaQuantiles, binomial, poisson, seedOf } from './draws.ts';

const momentsOf = (draw: () => number, n: number): { mean: number; variance: number } => {
  const values = Array.from({ length: n }, draw);
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n };
};

describe('binomial', () => {
  it.each([
    [600, 0.01],
    [600, 0.05],
    [570, 0.25],
    [6_000, 0.5],
    [600, 0.95],
  ])('has the mean and the variance of a binomial: n=%i, p=%f', (n, p) => {
    const random = mulberry32(7);
    const { mean, variance } = momentsOf(() => binomial(random, n, p), 40_000);
    const expected = n * p * (1 - p);
    expect(Math.abs(mean - n * p)).toBeLessThan(4 * Math.sqrt(expected / 40_000));
    expect(variance / expected).toBeGreaterThan(0.97);
    expect(variance / expected).toBeLessThan(1.03);
  });

  it('never leaves 0 to n', () => {
    const random = mulberry32(3);
    for (let i = 0; i < 20_000; i++) {
      const k = binomial(random, 25, 0.45);
      expect(k >= 0 && k <= 25).toBe(true);
    }
    expect(binomial(random, 0, 0.3)).toBe(0);
    expect(binomial(random, 50, 1)).toBe(50);
  });
});

describe('the other draws', () => {
  it('poisson has its mean as mean and variance', () => {
    const random = mulberry32(11);
    const { mean, variance } = momentsOf(() => poisson(random, 4), 40_000);
    expect(mean).toBeCloseTo(4, 1);
    expect(Math.abs(variance - 4)).toBeLessThan(0.15);
  });

  it.each([0.8, 0.78, 0.76, 0.84])('typical Beta scores have the mean %f and the variance asked for', (wanted) => {
    const scores = [...betaQuantiles(wanted, 0.0288, 1024)];
    const { mean, variance } = momentsOf(() => scores.pop()!, 1024);
    expect(Math.abs(mean - wanted)).toBeLessThan(5e-4);
    expect(Math.abs(variance - 0.0288)).toBeLessThan(2e-4);
  });

  it('refuses a variance that no Beta has', () => {
    expect(() => betaQuantiles(0.5, 0.3, 10)).toThrow(RangeError);
  });

  it('gives every rollout of every run another seed', () => {
    const seeds = new Set([1, 2, 3].flatMap((seed) => Array.from({ length: 2_000 }, (_, i) => seedOf(seed, i))));
    expect(seeds.size).toBe(6_000);
  });
});
