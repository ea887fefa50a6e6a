import { describe, expect, it } from 'vitest';
import { binomial, mulberry32 } from '../rules/formulas/sampling.fixture.ts';
import {
  type Detector,
  evidenceOf,
  LOG_THRESHOLD,
  newDetector,
  sidesSince,
  stepDetector,
  TOLERATED,
} from './change-detector.ts';
import { newHistory } from './slot-history.ts';

const RATE = { kind: 'rate' } as const;
const DAY = 288;

const fed = (slots: number, eventsAt: (slot: number) => number, n = 1_000): Detector => {
  const detector = newDetector(newHistory(0));
  for (let slot = 0; slot < slots; slot++) {
    const events = eventsAt(slot);
    stepDetector(detector, slot, { n, s1: events, s2: events }, RATE, 1);
  }
  return detector;
};

describe('what is watched of a version in service', () => {
  it('is silent while nothing changes, however long', () => {
    expect(
      evidenceOf(
        fed(20 * DAY, () => 10),
        RATE,
      ).logE,
    ).toBeLessThan(0);
  });

  it.each([
    ['five hours', 60, 'recent'],
    ['five days', 5 * DAY, 'same time of day'],
    ['twenty days', 20 * DAY, 'same hour of week'],
  ])('is found worse when errors treble after %s, with when that began and what it was before', (_, from, cycle) => {
    const detector = fed(from + 8, (slot) => (slot < from ? 10 : 30));
    const { logE, start } = evidenceOf(detector, RATE);
    expect(start).toBe(from);
    expect(logE).toBeGreaterThan(LOG_THRESHOLD + Math.log(64));
    expect(detector.cycle).toBe(cycle);
    const { before, after } = sidesSince(detector, start, from + 7);
    expect(before.s1 / before.n).toBeCloseTo(0.01);
    expect(after.s1 / after.n).toBeCloseTo(0.03);
  });

  it('is found worse in its first hour and a half where it has six times the errors', () => {
    const detector = fed(14, (slot) => (slot < 10 ? 10 : 60));
    expect(evidenceOf(detector, RATE)).toMatchObject({ start: 10 });
    expect(evidenceOf(detector, RATE).logE).toBeGreaterThan(LOG_THRESHOLD + Math.log(64));
    expect(detector.cycle).toBe('last hour');
  });

  it('may go up and down with the hour of the day: it is compared with the same hour of the days before', () => {
    const byHour = (slot: number): number => (slot % DAY < DAY / 2 ? 5 : 40);
    let most = -Infinity;
    const detector = newDetector(newHistory(0));
    for (let slot = 0; slot < 12 * DAY; slot++) {
      stepDetector(detector, slot, { n: 1_000, s1: byHour(slot), s2: byHour(slot) }, RATE, 1);
      if (slot >= 2 * DAY) most = Math.max(most, evidenceOf(detector, RATE).logE);
    }
    expect(most).toBeLessThan(0);
  });

  const mostOf = (slots: number, rateAt: (slot: number) => number): number => {
    const detector = newDetector(newHistory(0));
    let most = -Infinity;
    for (let slot = 0; slot < slots; slot++) {
      const events = Math.round(5_000 * rateAt(slot));
      stepDetector(detector, slot, { n: 100_000, s1: events, s2: events }, RATE, 1);
      most = Math.max(most, evidenceOf(detector, RATE).logE);
    }
    return most;
  };

  it('may swing by 60 % with the hour of the day from its first day on, at whatever hour that begins', () => {
    for (let hour = 0; hour < 24; hour++) {
      const most = mostOf(3 * DAY, (slot) => 1 + 0.6 * Math.sin(2 * Math.PI * (slot / DAY + hour / 24)));
      expect(most).toBeLessThan(LOG_THRESHOLD);
    }
  });

  it('may go in waves of 30 % in four hours or more, with no past to begin with', () => {
    for (let phase = 0; phase < 12; phase++)
      for (const hours of [4, 6, 9]) {
        const most = mostOf(DAY, (slot) => 1 + 0.3 * Math.sin(2 * Math.PI * (slot / (12 * hours) + phase / 12)));
        expect(most).toBeLessThan(LOG_THRESHOLD);
      }
  });

  it.each([3, 10])('is found soon after %s days where its errors double', (days) => {
    const detector = fed(days * DAY + 16, (slot) => (slot < days * DAY ? 40 : 80), 4_000);
    const { logE, start } = evidenceOf(detector, RATE);
    expect(start).toBe(days * DAY);
    expect(logE).toBeGreaterThan(LOG_THRESHOLD + Math.log(64));
  });

  const isWeekend = (slot: number): boolean => slot % (7 * DAY) >= 5 * DAY;

  it('may have a first weekend that is 70 % worse than the days before from one minute to the next, and a second', () => {
    expect(mostOf(15 * DAY, (slot) => (isWeekend(slot) ? 1.7 : 1))).toBeLessThan(1);
  });

  it('may score .04 lower on such weekends', () => {
    const scale = { kind: 'score', m: 0.94, v: 0.0144 } as const;
    const detector = newDetector(newHistory(0));
    let most = -Infinity;
    for (let slot = 0; slot < 15 * DAY; slot++) {
      const mean = isWeekend(slot) ? 0.9 : 0.94;
      stepDetector(detector, slot, { n: 100, s1: 100 * mean, s2: 100 * (mean ** 2 + scale.v) }, scale, 1);
      most = Math.max(most, evidenceOf(detector, scale).logE);
    }
    expect(most).toBeLessThan(1);
  });

  it('has less evidence where a few users have all the bad events, never more', () => {
    const [even, clumped] = [1, 8].map((phi) => {
      const detector = newDetector(newHistory(0));
      for (let slot = 0; slot < 70; slot++) {
        const events = slot < 60 ? 10 : 30;
        stepDetector(detector, slot, { n: 1_000, s1: events, s2: events }, RATE, phi);
      }
      return evidenceOf(detector, RATE).logE;
    });
    expect(clumped).toBeLessThan(even! / 7);
  });

  it('alarms no more often than promised at the very edge of what is tolerated, with a reference of a few dozen requests', () => {
    const random = mulberry32(1);
    const [runs, starts, chance] = [400, 23, 0.25];
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const detector = newDetector(newHistory(0));
      let most = -Infinity;
      for (let slot = 0; slot < 24 + starts; slot++) {
        const p = 0.06 * (slot < 24 ? 1 : TOLERATED.ratio);
        const events = binomial(random, 60, p);
        stepDetector(detector, slot, { n: 60, s1: events, s2: events }, RATE, 1);
        most = Math.max(most, evidenceOf(detector, RATE).logE);
      }
      if (most >= Math.log(starts / chance)) alarms += 1;
    }
    expect(alarms / runs).toBeLessThanOrEqual(chance);
  });
});
