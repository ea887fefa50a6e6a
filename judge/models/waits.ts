import type { Clock } from '../../platform/process/clock.ts';

/** Questions that wait for a judge model, in order of their coming. */
export type Waits = {
  /** Begins a wait; call what it returns when it is over. */
  begin(): () => void;
  /** How long the longest has lasted, in milliseconds; 0 where nothing waits. */
  longestMs(): number;
};

export const createWaits = (clock: Clock): Waits => {
  const waiting = new Set<{ sinceMs: number }>();
  return {
    begin: () => {
      const wait = { sinceMs: clock.nowMs() };
      waiting.add(wait);
      return () => void waiting.delete(wait);
    },
    longestMs: () => {
      for (const { sinceMs } of waiting) return Math.max(0, clock.nowMs() - sinceMs);
      return 0;
    },
  };
};
