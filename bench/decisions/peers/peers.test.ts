import { describe, expect, it } from 'vitest';
import { METRICS } from '../scenarios.ts';
import type { ArmMinute, Minute } from '../world.ts';
import { createChecks, flagger, passes } from './flagger.ts';
import { isAbove, shiftOf } from './mann-whitney.ts';
import { mixtureRatio, msprt } from './msprt.ts';
import { kayenta } from './kayenta.ts';
import { thresholds } from './thresholds.ts';

const arm = (requests: number, errors: number, failures = 0): ArmMinute => ({
  requests,
  errors,
  errorBuckets: [],
  answers: requests - errors,
  failures,
  failureBuckets: [],
  quality: [],
  bins: [],
});
const minuteOf = (candidate: ArmMinute, stable: ArmMinute = arm(570, 6)): Minute => ({ candidate, stable });

describe('Kayenta', () => {
  it('finds the interval and the estimate that it publishes', () => {
    const { low, high, estimate } = shiftOf([10, 20, 30, 40], [1, 2, 3, 4]);
    expect(low).toBeCloseTo(6, 2);
    expect(high).toBeCloseTo(39, 2);
    expect(estimate).toBeCloseTo(22.5, 2);
  });

  it('calls a shift high only beyond a quarter of the estimate', () => {
    const far = [20, 21, 22, 25, 30];
    const near = [1, 1.1, 2.2, 2.5, 3];
    const { low, estimate } = shiftOf(far, near);
    expect(isAbove(far, near, 0.25)).toBe(low > 0.25 * Math.abs(estimate));
    expect(isAbove(far, near, 0.25)).toBe(true);
    expect(isAbove(far, near, 0.99)).toBe(false);
    expect(isAbove(near, far, 0.25)).toBe(false);
  });

  it('rolls back once enough minutes are worse, not before five', () => {
    const judged = kayenta(['error_rate']);
    const outcomes = Array.from({ length: 6 }, (_, i) => judged.take(minuteOf(arm(100, 20 + i), arm(500, 5 + i))));
    expect(outcomes.slice(0, 4)).toEqual(['running', 'running', 'running', 'running']);
    expect(outcomes.at(-1)).toBe('rolled_back');
  });
});

describe('Flagger', () => {
  it('rolls back with ten failed checks of a threshold of ten, whatever passed in between', () => {
    const check = createChecks(10);
    const failing = Array.from({ length: 19 }, (_, i) => check(() => i % 2 === 1));
    expect(failing.some(Boolean)).toBe(false);
    expect(check(() => true)).toBe(true);
  });

  it('counts a missing value as failed', () => {
    expect(passes(null, { max: 1 })).toBe(false);
    expect(passes(1, { max: 1 })).toBe(true);
    expect(passes(0.98, { min: 0.99 })).toBe(false);
  });

  it('looks at the candidate alone', () => {
    const judged = flagger(['error_rate']);
    const outcomes = Array.from({ length: 6 }, () => judged.take(minuteOf(arm(100, 10), arm(500, 250))));
    expect(outcomes).toEqual(['running', 'running', 'running', 'running', 'running', 'rolled_back']);
  });
});

describe('the usual checker', () => {
  it('says nothing before the hundredth value, then holds the totals against its limits', () => {
    const judged = thresholds(['error_rate']);
    expect(judged.take(minuteOf(arm(99, 50)))).toBe('running');
    expect(judged.take(minuteOf(arm(1, 0)))).toBe('rolled_back');
  });

  it('honours limits from below', () => {
    const judged = thresholds(['task_success']);
    expect(judged.take(minuteOf(arm(200, 0, 30), arm(400, 0, 20)))).toBe('rolled_back');
  });

  it('promotes what lasts to the end of the plan', () => {
    const judged = thresholds([...METRICS]);
    const outcomes = Array.from({ length: 330 }, () => judged.take(minuteOf(arm(100, 1), arm(500, 5))));
    expect(outcomes.slice(0, -1).every((outcome) => outcome === 'running')).toBe(true);
    expect(outcomes.at(-1)).toBe('promoted');
  });
});

describe('mSPRT', () => {
  it('is the likelihood ratio mixed over a normal distribution of effects', () => {
    const [difference, variance, tau] = [0.3, 0.04, 0.2];
    let mixed = 0;
    const step = 0.001;
    for (let effect = -3; effect < 3; effect += step) {
      const density = Math.exp(-(effect ** 2) / (2 * tau ** 2)) / (tau * Math.sqrt(2 * Math.PI));
      mixed += density * Math.exp((difference * effect - effect ** 2 / 2) / variance) * step;
    }
    expect(mixtureRatio(difference, variance, tau)).toBeCloseTo(mixed, 6);
  });

  it('rolls back the worse candidate and never the better one', () => {
    const [worse, better] = [msprt(['error_rate']), msprt(['error_rate'])];
    const outcomes = Array.from({ length: 30 }, () => worse.take(minuteOf(arm(100, 6), arm(500, 5))));
    expect(outcomes).toContain('rolled_back');
    for (let i = 0; i < 30; i++) expect(better.take(minuteOf(arm(100, 0), arm(500, 30)))).toBe('running');
  });
});
