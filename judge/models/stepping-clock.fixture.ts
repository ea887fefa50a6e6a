import type { Clock } from '../../platform/process/clock.ts';

/** A clock that stands still but for those who sleep, and remembers for how long they did. */
export const steppingClock = (startMs = 1_000): Clock & { slept: number[]; set: (ms: number) => void } => {
  let nowMs = startMs;
  const slept: number[] = [];
  return {
    slept,
    set: (ms) => (nowMs = ms),
    nowMs: () => nowMs,
    sleep: async (ms) => {
      const wakeMs = nowMs + ms;
      slept.push(ms);
      await Promise.resolve();
      nowMs = Math.max(nowMs, wakeMs);
    },
  };
};
