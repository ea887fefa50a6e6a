import type { Log } from '../../platform/process/log.ts';
import type { Metrics } from '../../platform/process/metrics.ts';

export type StoreEvents = ReturnType<typeof createStoreEvents>;

/** What an operator may learn of the store. Names get the prefix `coalmine_controller_store_`. */
export const createStoreEvents = (log: Log, metrics: Metrics) => {
  const folded = metrics.counter('events_total', 'Events folded into the store', ['topic']);
  const through = metrics.gauge('through_seconds', 'Time of the latest record that was folded', ['topic']);
  const size = metrics.gauge('used_bytes', 'What the rows of the store take on disk');
  const failures = metrics.counter('failures_total', 'Folds and deletes that failed and were tried again');
  return {
    opened: (file: string, rebuilt: string | null): void =>
      rebuilt === null
        ? log.info({ file }, 'the store is open')
        : log.warn({ file }, `the store is made anew from the topics: ${rebuilt}`),
    folded: (topic: string, events: number, throughMs: number): void => {
      folded.inc({ topic }, events);
      through.set({ topic }, throughMs / 1_000);
    },
    size: (bytes: number): void => size.set(bytes),
    foldFailed: (topic: string, error: unknown): void => {
      failures.inc();
      log.error({ topic, err: error }, 'records could not be folded into the store; they are tried again');
    },
    pruneFailed: (error: unknown): void => {
      failures.inc();
      log.error({ err: error }, 'old rows of the store could not be deleted; it is tried again');
    },
  };
};
