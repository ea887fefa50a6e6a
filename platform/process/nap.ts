import type { Clock } from './clock.ts';

/** A rest between two looks at something that may be cut short, for loops that poll and are also told of changes. */
export type Nap = {
  /** Sleeps, or returns at once if `wake` came since the last rest. */
  rest(ms: number): Promise<void>;
  wake(): void;
};

export const createNap = (clock: Pick<Clock, 'sleep'>): Nap => {
  let isWoken = false;
  let sleeping = new AbortController();
  return {
    rest: async (ms) => {
      sleeping = new AbortController();
      if (!isWoken) await clock.sleep(ms, sleeping.signal);
      isWoken = false;
    },
    wake: () => {
      isWoken = true;
      sleeping.abort();
    },
  };
};
