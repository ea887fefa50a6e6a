import { describe, expect, it } from 'vitest';
import { logExcessE } from './excess-rate.ts';
import { mulberry32 } from './sampling.fixture.ts';

describe('the excess of a rate', () => {
  it('is 1 before anything was seen, grows with bad events beyond the rate and falls without them', () => {
    expect(logExcessE(0, 0, 0.02)).toBeCloseTo(0);
    expect(logExcessE(100, 0, 0.02)).toBeLessThan(0);
    expect(logExcessE(100, 10, 0.02)).toBeGreaterThan(Math.log(20));
    expect(logExcessE(100_000, 6_000, 0.02)).toBeLessThan(Infinity);
  });

  it('refuses totals that can’t be', () => {
    for (const [n, x] of [
      [1, 2],
      [1, -1],
      [Number.NaN, 0],
    ] as const)
      expect(() => logExcessE(n, x, 0.02)).toThrow(RangeError);
  });

  it('is an average of 1 over one event at the rate itself: a supermartingale at its edge', () => {
    for (const r of [0.001, 0.02, 0.3])
      expect(r * Math.exp(logExcessE(1, 1, r)) + (1 - r) * Math.exp(logExcessE(1, 0, r))).toBeCloseTo(1, 12);
  });

  it('of a rate that is just tolerated raises an alarm in at most α of the runs, though it is looked at after every event', () => {
    const random = mulberry32(77);
    const [r, alpha, runs] = [0.05, 0.05, 1_000];
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      let x = 0;
      for (let n = 1; n <= 1_500; n++) {
        if (random() < r) x += 1;
        if (logExcessE(n, x, r) < Math.log(1 / alpha)) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms / runs).toBeLessThanOrEqual(alpha);
    expect(alarms).toBeGreaterThan(0);
  });
});
