import { type Bus, RefusedRecordError } from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import { backoff } from '../platform/process/retry.ts';
import type { Topic } from '../schemas/topics.ts';
import type { ControllerEvents } from './events.ts';

/** Whoever waits for what a followed log says. */
export type Watchers<V> = Set<(record: V) => void>;

export type ConfirmedAppend<V, T> = {
  topic: Topic<V>;
  /** All go to the partition of this key. */
  partitionKey: string;
  records: readonly V[];
  /** Told of each record that is read. */
  watchers: Watchers<V>;
  /** What a record settles, and null asks before any is read; undefined where nothing is settled yet. */
  look: (record: V | null) => T | undefined;
  /** Whether to append is of no more use. */
  isOvertaken?: () => boolean;
};

/**
 * Appends, and waits until the log that is read back has settled what came of it. An append whose answer was lost may stand in the log:
 * it is repeated, so records must be such that the second one changes nothing. Tries again while Kafka is away. Rejects
 * when the signal aborts (it may yet take effect), and for a record that Kafka refuses.
 */
export const createConfirmedAppend = ({
  bus,
  clock,
  events,
}: {
  bus: Bus;
  clock: Clock;
  events: Pick<ControllerEvents, 'appendFailed' | 'appendRefused'>;
}) => {
  const appendUntilDone = async <V, T>(
    { topic, partitionKey, records, isOvertaken = () => false }: ConfirmedAppend<V, T>,
    signal: AbortSignal,
    aborted: Promise<void>,
  ): Promise<void> => {
    const appendOnce = async (): Promise<void> => {
      const partition = bus.partitionFor(partitionKey, await bus.partitionCount(topic));
      await bus.append(topic, partition, records);
    };
    for (let attempt = 1; !signal.aborted && !isOvertaken(); attempt++)
      try {
        await Promise.race([appendOnce(), aborted]);
        return;
      } catch (error) {
        if (error instanceof RefusedRecordError) {
          events.appendRefused(topic.name, error);
          throw error;
        }
        events.appendFailed(topic.name, error);
        await clock.sleep(backoff(attempt, { firstMs: 50, maxMs: 2_000 }), signal);
      }
  };

  return async <V, T>(wanted: ConfirmedAppend<V, T>, signal: AbortSignal): Promise<T> => {
    const { watchers, look } = wanted;
    const settled = Promise.withResolvers<T>();
    settled.promise.catch(() => {});
    const watch = (record: V | null): void => {
      const found = look(record);
      if (found !== undefined) settled.resolve(found);
    };
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      abort();
      settled.reject(new Error('gave up waiting for the log', { cause: signal.reason }));
    };
    watchers.add(watch);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await appendUntilDone(wanted, signal, aborted);
      watch(null);
      return await settled.promise;
    } finally {
      watchers.delete(watch);
      signal.removeEventListener('abort', giveUp);
    }
  };
};
