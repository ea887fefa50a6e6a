import { expect, it } from 'vitest';
import { createSteadyTime } from './steady-time.ts';

const HOUR_MS = 3_600_000;
const START_MS = 1_800_000_000_000;

/** A wall clock that may be set and a monotonic one that may not. */
const clocks = () => {
  let [elapsed, setBy] = [500.25, 0];
  const nowMs = createSteadyTime(
    () => Math.floor(START_MS + elapsed + setBy),
    () => elapsed,
  );
  return { nowMs, set: (byMs: number) => (setBy += byMs), pass: (ms: number) => (elapsed += ms) };
};

it.each([3 * HOUR_MS, -3 * HOUR_MS, 50 * 60_000, 5_000])(
  'a clock that leaps by %i ms for 6 s is never seen: the time goes on second by second',
  (byMs) => {
    const { nowMs, set, pass } = clocks();
    const startMs = nowMs();
    for (let second = 1; second <= 60; second += 1) {
      if (second === 10) set(byMs);
      if (second === 16) set(-byMs);
      pass(1_000);
      expect(Math.abs(nowMs() - startMs - 1_000 * second)).toBeLessThanOrEqual(1);
    }
  },
);

it('a clock that was set for good is followed after half a minute, whole milliseconds all the way', () => {
  const { nowMs, set, pass } = clocks();
  const startMs = nowMs();
  set(-2 * HOUR_MS);
  for (let second = 1; second <= 40; second += 1) {
    pass(1_000);
    expect(Number.isInteger(nowMs())).toBe(true);
    const setMs = second <= 30 ? 0 : -2 * HOUR_MS;
    expect(Math.abs(nowMs() - startMs - 1_000 * second - setMs)).toBeLessThanOrEqual(1);
  }
});

it('a clock that is slewed is followed all the time', () => {
  const { nowMs, set, pass } = clocks();
  const startMs = nowMs();
  for (let i = 0; i < 100; i += 1) {
    set(100);
    pass(900);
    nowMs();
  }
  expect(Math.abs(nowMs() - startMs - 100 * 1_000)).toBeLessThanOrEqual(1);
});

it.each([3 * HOUR_MS, -3 * HOUR_MS, -1_001])(
  'looking many times within a millisecond sees no other time, a leap of %i ms or none',
  (byMs) => {
    const { nowMs, set, pass } = clocks();
    const seen: number[] = [];
    for (let step = 0; step < 400; step += 1) {
      if (step === 100) set(byMs);
      if (step === 300) set(-byMs);
      pass(0.25);
      seen.push(nowMs(), nowMs(), nowMs());
    }
    const startMs = seen[0]!;
    for (const [i, timeMs] of seen.entries())
      expect(Math.abs(timeMs - startMs - Math.floor(i / 3) / 4)).toBeLessThanOrEqual(1);
  },
);
