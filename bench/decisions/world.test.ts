import { describe, expect, it } from 'vitest';
import { binUpperEdge } from '../../schemas/sketch.ts';
import { METRICS, SCENARIOS, type ScenarioName, STABLE_P99_SECONDS } from './scenarios.ts';
import { type ArmMinute, createWorld, type Minute } from './world.ts';

const RATE = 600;
const drawn = (scenario: ScenarioName, { minutes = 400, weightPct = 50, seed = 1, worlds = 5 } = {}): Minute[] =>
  Array.from({ length: worlds }, (_, i) => {
    const world = createWorld(SCENARIOS[scenario], { rate: RATE, metrics: METRICS, seed: seed + i });
    return Array.from({ length: minutes }, (_, minute) => world(minute, weightPct));
  }).flat();

const total = (minutes: readonly Minute[], arm: keyof Minute, read: (arm: ArmMinute) => number): number =>
  minutes.reduce((sum, minute) => sum + read(minute[arm]), 0);
const ratio = (
  minutes: readonly Minute[],
  arm: keyof Minute,
  above: (arm: ArmMinute) => number,
  below: (arm: ArmMinute) => number,
): number => total(minutes, arm, above) / total(minutes, arm, below);

const errorRate = (minutes: readonly Minute[], arm: keyof Minute): number =>
  ratio(
    minutes,
    arm,
    (m) => m.errors,
    (m) => m.requests,
  );
const failureRate = (minutes: readonly Minute[], arm: keyof Minute): number =>
  ratio(
    minutes,
    arm,
    (m) => m.failures,
    (m) => m.answers,
  );
const quality = (minutes: readonly Minute[], arm: keyof Minute): number =>
  ratio(
    minutes,
    arm,
    (m) => m.quality.reduce((sum, x) => sum + x, 0) / 1e6,
    (m) => m.quality.length,
  );
const slowShare = (minutes: readonly Minute[], arm: keyof Minute): number =>
  ratio(
    minutes,
    arm,
    (m) =>
      m.bins.filter(({ index }) => binUpperEdge(index) > STABLE_P99_SECONDS).reduce((sum, { count }) => sum + count, 0),
    (m) => m.answers,
  );

describe('a made-up world', () => {
  it('gives stable the rates that the scenarios say', () => {
    const minutes = drawn('aa');
    for (const arm of ['candidate', 'stable'] as const) {
      expect(Math.abs(errorRate(minutes, arm) - 0.01)).toBeLessThan(0.0006);
      expect(Math.abs(failureRate(minutes, arm) - 0.05)).toBeLessThan(0.0013);
      expect(Math.abs(quality(minutes, arm) - 0.8)).toBeLessThan(0.003);
      expect(Math.abs(slowShare(minutes, arm) - 0.01)).toBeLessThan(0.0012);
    }
  });

  it('makes the candidate worse in the one metric, by as much as the scenario says', () => {
    expect(errorRate(drawn('err-1-3'), 'candidate') / errorRate(drawn('err-1-3'), 'stable')).toBeCloseTo(3, 0);
    const failures = drawn('success-95-90');
    expect(Math.abs(failureRate(failures, 'candidate') / failureRate(failures, 'stable') - 2)).toBeLessThan(0.05);
    const scores = drawn('q-80-76');
    expect(Math.abs(quality(scores, 'stable') - quality(scores, 'candidate') - 0.04)).toBeLessThan(0.004);
    const slow = drawn('p99-1.5');
    expect(Math.abs(slowShare(slow, 'candidate') / slowShare(slow, 'stable') - 2.81)).toBeLessThan(0.25);
  });

  it('sends the candidate its share of a fixed number of requests', () => {
    const minutes = drawn('aa', { weightPct: 25, worlds: 1 });
    expect(minutes.every(({ candidate, stable }) => candidate.requests + stable.requests === RATE)).toBe(true);
    expect(Math.abs(total(minutes, 'candidate', (m) => m.requests) / (400 * RATE) - 0.25)).toBeLessThan(0.005);
  });

  it('changes nothing before the onset', () => {
    const minutes = drawn('late', { minutes: 60, worlds: 40 });
    expect(errorRate(minutes, 'candidate') / errorRate(minutes, 'stable')).toBeCloseTo(1, 0);
    const after = drawn('late', { minutes: 200, worlds: 10 }).filter((_, i) => i % 200 >= 60);
    expect(errorRate(after, 'candidate') / errorRate(after, 'stable')).toBeGreaterThan(2.7);
  });

  it('keeps the rates where errors are bursty or sticky', () => {
    for (const scenario of ['aa-bursty', 'sticky-heterogeneous'] as const) {
      const minutes = drawn(scenario, { worlds: 20 });
      const errors = (errorRate(minutes, 'candidate') + errorRate(minutes, 'stable')) / 2;
      expect(Math.abs(errors - 0.01)).toBeLessThan(0.001);
    }
  });

  it('puts every error and failure into a bucket, and scores at most 20 answers of an arm', () => {
    for (const scenario of ['aa', 'aa-bursty', 'sticky-heterogeneous'] as const)
      for (const { candidate } of drawn(scenario, { worlds: 1, minutes: 50 })) {
        expect(candidate.errorBuckets.reduce((sum, n) => sum + n, 0)).toBe(candidate.errors);
        expect(candidate.failureBuckets.reduce((sum, n) => sum + n, 0)).toBe(candidate.failures);
        expect(candidate.bins.reduce((sum, { count }) => sum + count, 0)).toBe(candidate.answers);
        expect(candidate.quality.length).toBeLessThanOrEqual(20);
      }
  });

  it('is the same for the same seed and another for another', () => {
    const once = JSON.stringify(drawn('aa-bursty', { minutes: 30, seed: 5, worlds: 1 }));
    expect(JSON.stringify(drawn('aa-bursty', { minutes: 30, seed: 5, worlds: 1 }))).toBe(once);
    expect(JSON.stringify(drawn('aa-bursty', { minutes: 30, seed: 6, worlds: 1 }))).not.toBe(once);
  });
});
