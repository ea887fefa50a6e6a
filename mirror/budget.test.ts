import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, type Budget, fullBudget, spend, takeInAdvance } from './budget.ts';

const HOUR_MS = 3_600_000;
const RICH = Number.POSITIVE_INFINITY;
const take = (start: Budget, times: readonly number[], limits: { maxPerSecond: number; maxUsdPerHour: number }) => {
  let budget = start;
  return times.map((nowMs) => {
    const admission = admit(budget, limits, nowMs);
    ({ budget } = admission);
    return admission.reason;
  });
};

describe('the rate', () => {
  it('lets one second’s worth through at once, then as many as the time refills', () => {
    const limits = { maxPerSecond: 2, maxUsdPerHour: RICH };
    expect(take(fullBudget(limits, 0), [0, 0, 0, 499, 500, 501, 10_000, 10_000, 10_000], limits)).toEqual([
      null,
      null,
      'rate',
      'rate',
      null,
      'rate',
      null,
      null,
      'rate',
    ]);
  });

  it('below one a second lets one through each so often', () => {
    const limits = { maxPerSecond: 0.1, maxUsdPerHour: RICH };
    expect(take(fullBudget(limits, 0), [0, 9_000, 10_001], limits)).toEqual([null, 'rate', null]);
  });

  it('pays back what was taken in advance before it lets another through', () => {
    const limits = { maxPerSecond: 1, maxUsdPerHour: RICH };
    const owing = takeInAdvance(takeInAdvance(takeInAdvance(fullBudget(limits, 0))));
    expect(take(owing, [0, 2_999, 3_000], limits)).toEqual(['rate', 'rate', null]);
  });

  it('never admits more than it may, whatever the times, even when the clock steps back', () => {
    const times = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 300 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 20 }), (at, maxPerSecond) => {
        const limits = { maxPerSecond, maxUsdPerHour: RICH };
        const admitted = take(fullBudget(limits, 0), at, limits).filter((reason) => reason === null).length;
        expect(admitted).toBeLessThanOrEqual(maxPerSecond * (1 + Math.max(0, ...at) / 1000) + 1e-6);
      }),
    );
  });
});

describe('the money', () => {
  const limits = { maxPerSecond: 100, maxUsdPerHour: 1 };
  it('stops replays for the rest of the clock hour', () => {
    const spent = spend(spend(fullBudget(limits, 0), 0.6), 0.4);
    expect(take(spent, [0, HOUR_MS - 1, HOUR_MS, 0], limits)).toEqual(['money', 'money', null, null]);
    expect(take(spend(fullBudget(limits, 0), 0.99), [0], limits)).toEqual([null]);
  });

  it('of none lets nothing through', () => {
    expect(take(fullBudget(limits, 0), [0], { maxPerSecond: 100, maxUsdPerHour: 0 })).toEqual(['money']);
  });
});
