import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement, type Pair, type Passing } from './agreement.ts';

const HIGHER: Passing = { threshold: 0.5, better: 'higher' };
const repeated = (count: number, score: number, label: number): Pair[] =>
  Array.from({ length: count }, () => ({ score, label }));

describe('agreement', () => {
  const pairs = [...repeated(20, 1, 1), ...repeated(5, 1, 0), ...repeated(10, 0, 1), ...repeated(15, 0, 0)];

  it('gives the kappa of the textbook table 20, 5, 10, 15', () => {
    const found = agreement(pairs, HIGHER);
    expect(found.agreement?.value).toBeCloseTo(0.7, 12);
    expect(found.kappa).toBeCloseTo(0.4, 12);
    expect(found.falsePositive?.value).toBeCloseTo(5 / 20, 12);
    expect(found.falseNegative?.value).toBeCloseTo(10 / 30, 12);
    expect(found.bias).toBeCloseTo(-0.1, 12);
  });

  it('takes a low value for a pass where lower is better', () => {
    const found = agreement(pairs, { threshold: 0.5, better: 'lower' });
    expect(found.kappa).toBeCloseTo(0.4, 12);
    expect([found.falsePositive?.value, found.falseNegative?.value]).toEqual([10 / 30, 5 / 20]);
  });

  it('puts limits to each share by the interval of Wilson', () => {
    const { agreement: share } = agreement([...repeated(81, 1, 1), ...repeated(182, 0, 1)], HIGHER);
    expect(share?.lower).toBeCloseTo(0.2553, 4);
    expect(share?.upper).toBeCloseTo(0.3662, 4);
  });

  it('says null, never NaN, of what there is nothing to say', () => {
    const none = { agreement: null, kappa: null, falsePositive: null, falseNegative: null, bias: null };
    expect(agreement([], HIGHER)).toEqual({ count: 0, ...none });
    expect(agreement(repeated(9, 1, 1), HIGHER)).toMatchObject({
      kappa: null,
      falsePositive: null,
      falseNegative: { value: 0 },
    });
  });

  it('stays within its limits whatever the pairs', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.record({ score: value, label: value })), (pairs) => {
        const found = agreement(pairs, HIGHER);
        for (const share of [found.agreement, found.falsePositive, found.falseNegative])
          if (share !== null)
            expect(share.lower <= share.value + 1e-12 && share.value <= share.upper + 1e-12).toBe(true);
        expect(found.kappa === null || (found.kappa >= -1 && found.kappa <= 1)).toBe(true);
      }),
    );
  });
});
