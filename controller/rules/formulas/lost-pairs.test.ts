import { describe, expect, it } from 'vitest';
import { type AppliesPairs, logLostPairsE } from './lost-pairs.ts';

const ONE: Record<string, AppliesPairs> = {
  lost: { lost: 1, gained: 0, both: 0, pairs: 1 },
  gained: { lost: 0, gained: 1, both: 0, pairs: 1 },
  both: { lost: 0, gained: 0, both: 1, pairs: 1 },
  neither: { lost: 0, gained: 0, both: 0, pairs: 1 },
};
const of = (pairs: number, [lost, gained, both]: [number, number, number]): AppliesPairs => ({
  lost: Math.round(pairs * lost),
  gained: Math.round(pairs * gained),
  both: Math.round(pairs * both),
  pairs,
});

describe('lost pairs', () => {
  it('begin at 1', () => {
    expect(logLostPairsE({ lost: 0, gained: 0, both: 0, pairs: 0 }, 0.1)).toBeCloseTo(0, 12);
  });

  it('can’t be expected to grow, whatever pairs there are of a candidate that is within the tolerance', () => {
    for (const tolerated of [0, 0.1, 0.4])
      for (let lost = 0; lost <= 10; lost++)
        for (let gained = 0; gained <= 10 - lost; gained++)
          for (let both = 0; both <= 10 - lost - gained; both++) {
            const isWithin = lost - gained <= 10 * tolerated && (lost + both) / 2 <= both + gained;
            if (!isWithin) continue;
            const shares = { lost, gained, both, neither: 10 - lost - gained - both };
            const mean = Object.entries(shares).reduce(
              (sum, [kind, share]) => sum + (share / 10) * Math.exp(logLostPairsE(ONE[kind]!, tolerated)),
              0,
            );
            expect(mean).toBeLessThanOrEqual(1 + 1e-12);
          }
  });

  it.each<[string, number, [number, number, number], number]>([
    ['60 % that became none', 60, [0.6, 0, 0], 8],
    ['61 % that became 44 %', 900, [0.2, 0.03, 0.41], 8],
    ['5 % that became none', 600, [0.05, 0, 0], 8],
  ])('find %s in %d pairs', (_, pairs, shares, least) => {
    expect(logLostPairsE(of(pairs, shares), 0.1)).toBeGreaterThan(least);
  });

  it.each<[string, [number, number, number]]>([
    ['as many gained as lost', [0.2, 0.2, 0.3]],
    ['a tenth lost of all', [0.1, 0, 0.5]],
    ['half lost of a small share', [0.05, 0, 0.05]],
    ['more gained', [0, 0.4, 0]],
  ])('are no evidence where there are %s, however many', (_, shares) => {
    for (const pairs of [100, 10_000]) expect(logLostPairsE(of(pairs, shares), 0.1)).toBeLessThan(0.5);
  });

  it.each([
    { lost: -1, gained: 0, both: 0, pairs: 1 },
    { lost: 2, gained: 0, both: 0, pairs: 1 },
    { lost: Number.NaN, gained: 0, both: 0, pairs: 1 },
  ])('are refused where they can’t be: %j', (pairs) => {
    expect(() => logLostPairsE(pairs, 0.1)).toThrow(RangeError);
  });
});
