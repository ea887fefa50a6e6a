import type { AssignedPartition, Incoming } from '../../platform/kafka/bus.ts';

/** Records that may wait in memory before the partition is paused. */
const MAX_WAITING_RECORDS = 10_000;

/** One partition's fold with its surroundings. Each function is called again only when its promise is settled. */
export type PartitionTask<T> = {
  /** Folds the records, appends what closed, commits, and saves a snapshot when one is due. Rejects only when aborted. */
  take(records: readonly Incoming<T>[]): Promise<void>;
  /** Saves what a clean stop should leave behind. */
  finish(): Promise<void>;
};

export type PartitionWorker<T> = {
  add(records: readonly Incoming<T>[]): void;
  /** Drops what waits and aborts the task; nothing of it is needed, the next owner reads it again. */
  drop(): void;
  /** Lets the batch under way end, then finishes. */
  stop(): Promise<void>;
};

/**
 * Works on one partition's batches strictly one after another, at its own pace: a slow partition holds back nobody else,
 * and what it has no room for stays in Kafka.
 */
export const createPartitionWorker = <T>(options: {
  partition: AssignedPartition;
  task: PartitionTask<T>;
  abort: AbortController;
  onFailure: (error: unknown) => void;
}): PartitionWorker<T> => {
  const { partition, task, abort, onFailure } = options;
  let waiting: (readonly Incoming<T>[])[] = [];
  let waitingRecords = 0;
  let paused = false;
  let stopped = false;
  let running: Promise<void> | undefined;

  const next = (): readonly Incoming<T>[] | undefined => (stopped ? undefined : waiting.shift());

  const run = async (): Promise<void> => {
    for (let batch = next(); batch; batch = next()) {
      await task.take(batch);
      waitingRecords -= batch.length;
      if (paused && waitingRecords <= MAX_WAITING_RECORDS / 2 && partition.alive()) {
        paused = false;
        partition.resume();
      }
    }
  };

  const start = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      stopped = true;
      if (!abort.signal.aborted) onFailure(error);
    } finally {
      // What came after the last look and before this moment found a worker that seemed to be running.
      running = stopped || waiting.length === 0 ? undefined : start();
    }
  };

  return {
    add: (records) => {
      if (stopped) return;
      waiting.push(records);
      waitingRecords += records.length;
      if (!paused && waitingRecords > MAX_WAITING_RECORDS) {
        paused = true;
        partition.pause();
      }
      running ??= start();
    },
    drop: () => {
      stopped = true;
      waiting = [];
      abort.abort();
    },
    stop: async () => {
      const wasFailed = stopped;
      stopped = true;
      waiting = [];
      await running;
      if (!wasFailed && !abort.signal.aborted) await task.finish();
    },
  };
};
