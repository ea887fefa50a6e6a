import type { Clock } from '../process/clock.ts';
import { withEither } from '../process/either-signal.ts';

const TICK_EVERY_MS = 1_000;
/** A source that wrote nothing for so many ticks … */
const QUIET_AFTER_TICKS = 3;
/** … ticks once where it ticked so often. The readers wait for a silent source far longer. */
const QUIET_TICKS = 5;

/** When one source ticks. All of its writers share it: what is written to one topic is waited for on the others as well. */
export type TickPace = {
  /** To be called with everything that is written. */
  wrote(): void;
  /** Resolves when the next tick is due, or when the signal aborts. */
  untilDue(signal: AbortSignal): Promise<void>;
};

/**
 * Once a second; every five seconds after three without a write, when there is nothing that readers could wait for. A write
 * ends that: the next tick is again at the next whole second.
 *
 * Ticks fall on whole seconds, in all sources alike: so those of all partitions and topics come together, and wake their
 * readers once. A timer that is a little early does not tick twice.
 */
export const createTickPace = (clock: Clock, everyMs: number = TICK_EVERY_MS): TickPace => {
  let wroteMs = clock.nowMs();
  let quiet: AbortController | null = null;
  const untilNext = (beatMs: number): number => {
    const restMs = beatMs - (clock.nowMs() % beatMs);
    return restMs < everyMs / 2 ? restMs + beatMs : restMs;
  };
  return {
    wrote: () => {
      wroteMs = clock.nowMs();
      quiet?.abort();
      quiet = null;
    },
    untilDue: async (signal) => {
      // Also once the clock was set back: or a quiet source would tick as a busy one until it is as late again.
      if (Math.abs(clock.nowMs() - wroteMs) > QUIET_AFTER_TICKS * everyMs) {
        const { signal: written } = (quiet ??= new AbortController());
        await withEither([signal, written], (either) => clock.sleep(untilNext(QUIET_TICKS * everyMs), either));
        if (!written.aborted) return;
      }
      await clock.sleep(untilNext(everyMs), signal);
    },
  };
};
