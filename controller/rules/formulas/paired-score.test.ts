import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { logBetting, pairDifferences, pairedIncrements } from './paired-score.ts';

const VECTORS = '../shared/anchors/decision-vectors.json';
const Vectors = z.object({ betting: z.object({ D: z.array(z.number()), lam: z.number(), log: z.number() }) });

describe('paired scores meet the published numbers', () => {
  it('seven differences at λ = 0.7', () => {
    expect(logBetting([0.1, -0.05, 0.2, 0, 0.15, -0.1, 0.3], 0.7)).toBeCloseTo(0.3809547349805982, 12);
  });

  it.skipIf(!existsSync(VECTORS))(`the vector file (skipped where ${VECTORS} is absent)`, () => {
    const { betting } = Vectors.parse(JSON.parse(readFileSync(VECTORS, 'utf8')));
    expect(logBetting(betting.D, betting.lam)).toBeCloseTo(betting.log, 12);
  });

  it('and sums logs without overflow', () => {
    expect(
      logBetting(
        Array.from({ length: 5000 }, () => 1),
        0.9,
      ),
    ).toBeCloseTo(5000 * Math.log(1.9), 6);
  });

  it('refuses a bet that can lose more than everything', () => expect(() => logBetting([-1], 1)).toThrow(RangeError));
});

describe('pairs', () => {
  it('are one to one where the arms have as many', () => {
    expect(pairDifferences([0.5, 0.25], [1, 0.5])).toEqual([0.5, 0.25]);
  });

  it('set each item of the smaller arm against the mean of its share of the larger, using all', () => {
    expect(pairDifferences([0.5, 0.5], [1, 0, 1, 1])).toEqual([0, 0.5]);
    expect(pairDifferences([0, 1, 0.5], [1])).toEqual([0.5]);
    expect(pairDifferences([0.5, 0.5], [1, 0, 1])).toEqual([0.5, 0]);
  });

  it('are none where an arm has none', () => {
    expect(pairDifferences([], [1])).toEqual([]);
    expect(pairedIncrements([], [1], 0.1, [0.02, 0.04], 0)).toEqual([0, 0]);
  });
});

describe('the expectation of a window is at most 1 at the edge of the null', () => {
  const sizes = fc.record({ nc: fc.integer({ min: 1, max: 4 }), nb: fc.integer({ min: 1, max: 4 }) });
  const unit = fc.double({ min: 0, max: 1, noNaN: true });

  /** Exact, over all outcomes of scores that are 0 or 1. */
  const expectation = (
    [nc, nb]: [number, number],
    [pc, pb]: [number, number],
    increment: (c: number[], b: number[]) => number,
  ): number => {
    let sum = 0;
    for (let bits = 0; bits < 2 ** (nc + nb); bits++) {
      const scores = Array.from({ length: nc + nb }, (_, i) => (bits >> i) & 1);
      const [c, b] = [scores.slice(0, nc), scores.slice(nc)];
      const chance = (values: number[], p: number): number => values.reduce((x, v) => x * (v === 1 ? p : 1 - p), 1);
      sum += chance(c, pc) * chance(b, pb) * Math.exp(increment(c, b));
    }
    return sum;
  };

  it('of "worse", for every pair of means δ0 apart', () => {
    fc.assert(
      fc.property(sizes, unit, unit, fc.double({ min: 0.001, max: 0.2, noNaN: true }), ({ nc, nb }, mean, v, d) => {
        const delta0 = 0.02;
        const pc = Math.max(0, mean - delta0);
        const increment = (c: number[], b: number[]): number => pairedIncrements(c, b, v, [d], delta0)[0] ?? NaN;
        expect(expectation([nc, nb], [pc, pc + (mean - pc)], increment)).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('of "lower by less than deltaMax", for a candidate that is lower by as much', () => {
    fc.assert(
      fc.property(sizes, unit, unit, fc.double({ min: 0.001, max: 0.2, noNaN: true }), ({ nc, nb }, mean, v, d) => {
        const deltaMax = 0.05;
        const pb = deltaMax + (1 - deltaMax) * mean;
        const increment = (c: number[], b: number[]): number => pairedIncrements(b, c, v, [d], -deltaMax)[0] ?? NaN;
        expect(expectation([nc, nb], [pb - deltaMax, pb], increment)).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});
