import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holmAdjusted, type Weighted } from './holm.ts';

const alike = (...ps: number[]): Weighted[] => ps.map((p) => ({ p, weight: 1 }));
const tests = fc.array(
  fc.record({ p: fc.double({ min: 0, max: 1, noNaN: true }), weight: fc.double({ min: 0.1, max: 10, noNaN: true }) }),
  { maxLength: 12 },
);
const alpha = fc.double({ min: 0.001, max: 0.5, noNaN: true });

/** The procedure as it is written: from the smallest p/weight on, until one is above α / (weights left). */
const rejectedStepByStep = (tests: readonly Weighted[], alpha: number): number[] => {
  const sorted = tests.map(({ p, weight }, i) => ({ p, weight, i })).sort((a, b) => a.p / a.weight - b.p / b.weight);
  const left = (from: number): number => sorted.slice(from).reduce((sum, { weight }) => sum + weight, 0);
  const end = sorted.findIndex(({ p, weight }, rank) => p > (alpha * weight) / left(rank));
  return sorted.slice(0, end === -1 ? sorted.length : end).map(({ i }) => i);
};

describe('Holm’s adjustment', () => {
  it('gives what R’s p.adjust does where all weigh the same', () => {
    const adjusted = holmAdjusted(alike(0.01, 0.04, 0.03, 0.005));
    for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[i]).toBeCloseTo(p, 12);
    expect(holmAdjusted([])).toEqual([]);
    expect(holmAdjusted(alike(0.7, 0.9))).toEqual([1, 1]);
  });

  it('leaves one that has half of α half of it, whatever shares the other half', () => {
    const [whole] = holmAdjusted([
      { p: 0.02, weight: 0.5 },
      ...alike(...Array.from({ length: 50 }, () => 1)).map((one) => ({ ...one, weight: 0.01 })),
    ]);
    expect(whole).toBeCloseTo(0.04, 12);
  });

  it('rejects at every α what the steps reject', () => {
    fc.assert(
      fc.property(tests, alpha, (tests, alpha) => {
        const adjusted = holmAdjusted(tests);
        fc.pre(adjusted.every((p) => Math.abs(p - alpha) > 1e-9));
        const rejected = adjusted.flatMap((p, i) => (p <= alpha ? [i] : []));
        expect(rejected).toEqual(rejectedStepByStep(tests, alpha).sort((a, b) => a - b));
      }),
    );
  });
});
