import type { Clock } from './clock.ts';

export type Backoff = { firstMs: number; maxMs: number };

/** How long to wait after the given failed attempt (from 1): doubling from `firstMs` up to `maxMs`. */
export const backoff = (attempt: number, { firstMs, maxMs }: Backoff): number =>
  Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 30));

export type RetryOptions = Partial<Backoff> & {
  clock: Clock;
  signal?: AbortSignal;
  /** After each failure, before the wait. */
  onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
  /** False ends it: the error is thrown. Without it every error is tried again. */
  isRetriable?: (error: unknown) => boolean;
};

/** Runs until it succeeds. Rejects with the last error once the signal aborts or an error is not retriable. */
export const retryForever = async <T>(run: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> => {
  const { clock, signal, onRetry, isRetriable, firstMs = 100, maxMs = 5_000 } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (signal?.aborted || isRetriable?.(error) === false) throw error;
      const waitMs = backoff(attempt, { firstMs, maxMs });
      onRetry?.(error, attempt, waitMs);
      await clock.sleep(waitMs, signal);
      if (signal?.aborted) throw error;
    }
  }
};
