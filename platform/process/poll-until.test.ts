import { expect, it } from 'vitest';
import { pollUntil } from './poll-until.ts';

const clockAt = (startMs: number) => {
  let timeMs = startMs;
  return { nowMs: () => timeMs, sleep: async (ms: number) => void (timeMs += ms) };
};

it('waits until it is so, and not a moment if it is so already', async () => {
  const clock = clockAt(1_000);
  expect(await pollUntil(clock, () => true, { everyMs: 10 })).toBe(true);
  expect(clock.nowMs()).toBe(1_000);
  expect(await pollUntil(clock, () => clock.nowMs() >= 1_025, { everyMs: 10 })).toBe(true);
  expect(clock.nowMs()).toBe(1_030);
});

it('gives up at the deadline', async () => {
  const clock = clockAt(0);
  expect(await pollUntil(clock, () => false, { everyMs: 10, deadlineMs: 45 })).toBe(false);
  expect(clock.nowMs()).toBe(50);
});
