import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSampled } from './sampling.ts';

const plan = (candidatePct: number, stablePct: number, salt = 's') => ({ salt, judging: { candidatePct, stablePct } });
const live = (exchangeId: string, assignedArm = 'stable') => ({ exchangeId, assignedArm });
const ids = Array.from({ length: 20_000 }, (_, i) => `x-${i}`);
const shareOf = (isIn: (id: string) => boolean): number => ids.filter(isIn).length / ids.length;

describe('sampling', () => {
  it('takes each arm’s share, and of shadows the candidate’s', () => {
    const half = plan(50, 10);
    expect(shareOf((id) => isSampled(live(id), false, half))).toBeCloseTo(0.1, 1.5);
    expect(shareOf((id) => isSampled(live(id, 'candidate'), false, half))).toBeCloseTo(0.5, 1.5);
    expect(shareOf((id) => isSampled(live(id), true, half))).toBeCloseTo(0.5, 1.5);
  });

  it('says the same of an exchange every time, and a larger share only adds', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 100, noNaN: true }), (id, pct) => {
        const isIn = isSampled(live(id), false, plan(0, pct));
        expect(isSampled(live(id), false, plan(0, pct))).toBe(isIn);
        if (isIn) expect(isSampled(live(id), false, plan(0, Math.min(100, pct * 1.5)))).toBe(true);
      }),
    );
  });

  it('draws anew for another rollout', () => {
    const both = shareOf(
      (id) => isSampled(live(id), false, plan(0, 50, 'a')) && isSampled(live(id), false, plan(0, 50, 'b')),
    );
    expect(both).toBeCloseTo(0.25, 1.5);
  });

  it('takes all at 100 %, none at 0 %, and all where no plan is known or made', () => {
    expect(shareOf((id) => isSampled(live(id), false, plan(0, 100)))).toBe(1);
    expect(shareOf((id) => isSampled(live(id), false, plan(100, 0)))).toBe(0);
    expect(shareOf((id) => isSampled(live(id), false, undefined))).toBe(1);
    expect(shareOf((id) => isSampled(live(id), true, { salt: 's', judging: null }))).toBe(1);
  });
});
