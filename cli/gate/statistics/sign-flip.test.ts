import betainc from '@stdlib/math-base-special-betainc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signFlipTest } from './sign-flip.ts';

const repeated = (count: number, loss: number): number[] => Array.from({ length: count }, () => loss);
/** P(Bin(n, ½) ≥ k). */
const binomialTail = (k: number, n: number): number => (k === 0 ? 1 : betainc(0.5, k, n - k + 1));

/** Over all signs, one by one. */
const enumerated = (losses: readonly number[]): number => {
  const observed = losses.reduce((sum, loss) => sum + loss, 0);
  let asBad = 0;
  for (let signs = 0; signs < 2 ** losses.length; signs++) {
    const sum = losses.reduce((sum, loss, i) => sum + Math.abs(loss) * ((signs >> i) & 1 ? 1 : -1), 0);
    if (sum >= observed - 1e-9) asBad += 1;
  }
  return asBad / 2 ** losses.length;
};

const loss = fc.double({ min: -1, max: 1, noNaN: true });

describe('the sign-flip test', () => {
  it('gives 863 of 32,768 for Darwin’s fifteen pairs of plants, as Fisher counted', () => {
    const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signFlipTest(darwin).p).toBeCloseTo(863 / 32_768, 14);
  });

  it('is McNemar’s exact test where each loss is one question', () => {
    for (const [broken, fixed] of [
      [95, 42],
      [5, 0],
      [9, 1],
      [3, 3],
      [0, 7],
    ] as const) {
      const losses = [...repeated(broken, 1), ...repeated(fixed, -1), ...repeated(300, 0)];
      expect(signFlipTest(losses).p / binomialTail(broken, broken + fixed)).toBeCloseTo(1, 9);
    }
    expect(signFlipTest([...repeated(9, 1), -1]).p).toBeCloseTo(11 / 1_024, 14);
    expect(signFlipTest([...repeated(95, 1), ...repeated(42, -1)]).p.toExponential(1)).toBe('3.5e-6');
  });

  it('comes to what counting all signs does, where losses are fractions of few parts', () => {
    const fraction = fc.integer({ min: -6, max: 6 }).map((parts) => parts / 6);
    fc.assert(
      fc.property(fc.array(fraction, { maxLength: 12 }), (losses) => {
        expect(signFlipTest(losses).p).toBeCloseTo(enumerated(losses), 12);
      }),
    );
  });

  it('comes near to it where they are rounded', () => {
    const losses = fc.sample(loss, { seed: 3, numRuns: 16 }).map((one) => one + 0.2);
    expect(signFlipTest(losses).p).toBeCloseTo(enumerated(losses), 3);
  });

  it('depends neither on the order of the losses nor on their unit', () => {
    fc.assert(
      fc.property(fc.array(loss, { maxLength: 40 }), fc.constantFrom(1, 2, 1_024), (losses, unit) => {
        const { p } = signFlipTest(losses);
        expect(signFlipTest(losses.toReversed()).p).toBeCloseTo(p, 12);
        expect(signFlipTest(losses.map((one) => one * unit)).p).toBeCloseTo(p, 2);
      }),
    );
  });

  it('never rejects more often than it says, over all the signs that a set of losses may have', () => {
    fc.assert(
      fc.property(
        fc.array(loss, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sizes, alpha) => {
          const all = Array.from({ length: 2 ** sizes.length }, (_, signs) =>
            signFlipTest(sizes.map((size, i) => Math.abs(size) * ((signs >> i) & 1 ? 1 : -1))),
          );
          const rejected = all.filter(({ p }) => p <= alpha).length;
          expect(rejected / all.length).toBeLessThanOrEqual(alpha + 1e-12);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has one against nothing, and for nothing', () => {
    expect(signFlipTest([])).toEqual({ p: 1, leastP: 1 });
    expect(signFlipTest(repeated(50, 0))).toEqual({ p: 1, leastP: 1 });
    expect(signFlipTest(repeated(6, -1)).p).toBe(1);
    expect(signFlipTest([1, 1, -1, 0])).toEqual({ p: 0.5, leastP: 1 / 8 });
  });

  it('stays a number for thousands of losses', () => {
    expect(signFlipTest([...repeated(2_500, 1), ...repeated(2_500, -1)]).p).toBeCloseTo(0.5, 1);
    expect(signFlipTest(repeated(3_000, 1)).p).toBe(0);
    const { p } = signFlipTest(fc.sample(loss, { seed: 5, numRuns: 3_000 }));
    expect(p > 0 && p < 1).toBe(true);
  });
});
