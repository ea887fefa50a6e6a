import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holmAdjusted } from './holm.ts';

const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** The procedure as it is written: from the smallest on, until one is above α / (those left). */
const rejectedStepByStep = (ps: readonly number[], alpha: number): number[] => {
  const sorted = ps.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  const end = sorted.findIndex(({ p }, rank) => p > alpha / (ps.length - rank));
  return sorted.slice(0, end === -1 ? sorted.length : end).map(({ i }) => i);
};

describe('Holm’s adjustment', () => {
  it('gives what R’s p.adjust does', () => {
    expect(holmAdjusted([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holmAdjusted([])).toEqual([]);
    expect(holmAdjusted([0.7, 0.9])).toEqual([1, 1]);
  });

  it('rejects at every α what the steps reject', () => {
    fc.assert(
      fc.property(ps, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (ps, alpha) => {
        const adjusted = holmAdjusted(ps);
        const near = adjusted.some((p) => Math.abs(p - alpha) < 1e-9);
        fc.pre(!near);
        const rejected = adjusted.flatMap((p, i) => (p <= alpha ? [i] : []));
        expect(rejected).toEqual(rejectedStepByStep(ps, alpha).sort((a, b) => a - b));
      }),
    );
  });
});
