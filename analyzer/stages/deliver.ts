import { type Bus, RefusedRecordError } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import { retryForever } from '../../platform/process/retry.ts';
import type { Topic } from '../../schemas/topics.ts';
import type { Output } from '../folds/partition-fold.ts';
import type { AnalyzerEvents } from '../events.ts';

/** Records that are encoded at once; what is too large for one request is split by the bus. */
const MAX_BATCH = 100;

type Deps = { bus: Bus; clock: Clock; events: AnalyzerEvents };

/** One partition's records in order, with one append in flight. What the topic refuses is reported and left out. */
const appendInOrder = async <R>(
  { bus, clock, events }: Deps,
  topic: Topic<R>,
  partition: number,
  records: readonly R[],
  signal: AbortSignal,
): Promise<void> => {
  const left = [...records];
  while (left.length > 0) {
    const batch = left.slice(0, MAX_BATCH);
    try {
      await retryForever(() => bus.append(topic, partition, batch), {
        clock,
        signal,
        isRetriable: (error) => !(error instanceof RefusedRecordError),
        onRetry: (error) => events.appendFailed(error),
      });
      events.appended();
      left.splice(0, batch.length);
    } catch (error) {
      if (!(error instanceof RefusedRecordError)) throw error;
      left.splice(error.index, 1);
      events.outputRefused(error);
    }
  }
};

/** Appends the outputs, each partition's in order, and resolves when all are acknowledged. Rejects only when aborted. */
export const deliver = async <R>(
  deps: Deps,
  topic: Topic<R>,
  outputs: readonly Output<R>[],
  signal: AbortSignal,
): Promise<void> => {
  const byPartition = new Map<number, R[]>();
  for (const { partition, record } of outputs) {
    const records = byPartition.get(partition) ?? [];
    records.push(record);
    byPartition.set(partition, records);
  }
  await Promise.all(
    [...byPartition].map(([partition, records]) => appendInOrder(deps, topic, partition, records, signal)),
  );
};
