import { describe, expect, it } from 'vitest';
import { chanceOf, regresses } from './diffy.ts';

describe('Diffy’s rule', () => {
  it.each([
    [1, 1, 100, false],
    [1, 2, 100, false],
    [0, 0, 100, false],
    [1, 0, 100, true],
    // 1/5 and 20/100 are 20 %, not more.
    [3, 2, 100, false],
    [60, 40, 100, false],
    [61, 40, 100, true],
    [3.01, 2, 100, true],
    // 3/10000 is .03 %, not more.
    [3, 0, 10_000, false],
    [3.01, 0, 10_000, true],
    [4, 0, 10_000, true],
    [4, 0, 13_334, false],
    [100, 10, 1_000, true],
  ])('of %d raw and %d noise in %d pairs says %s', (raw, noise, total, verdict) => {
    expect(regresses(raw, noise, total)).toBe(verdict);
  });
});

describe('chance', () => {
  it.each([
    [0, 100, 5, 20, 1],
    [2, 600, 0, 0, 1],
    // All k on one side: the share of pairs to the power of k.
    [2, 600, 0, 120, (600 / 720) ** 2],
    [10, 100, 0, 100, 0.5 ** 10],
    // At least 3 heads of 4 fair coins.
    [3, 50, 1, 50, 5 / 16],
  ])('of %d in %d shadows beside %d in %d noise pairs is %d', (raw, pairs, noise, noisePairs, chance) => {
    const found = chanceOf({ differing: raw, pairs }, { differing: noise, pairs: noisePairs });
    expect(found).toBeCloseTo(chance, 12);
  });
});
