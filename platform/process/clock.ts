import { setTimeout as delay } from 'node:timers/promises';
import { createSteadyTime } from './steady-time.ts';

/** Time as an argument. `sleep` ends early, without an error, when the signal aborts. */
export type Clock = { nowMs(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };

export const systemClock: Clock = {
  nowMs: createSteadyTime(
    () => Date.now(),
    () => performance.now(),
  ),
  sleep: async (ms, signal) => {
    if (signal?.aborted) return;
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
