import type { Bus, Incoming } from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import { backoff } from '../platform/process/retry.ts';
import type { Topic } from '../schemas/topics.ts';

/** A topic that is read from its first record on. */
export type FollowedLog = {
  /** Whether everything that stood in it at the start has been read. */
  isRead(): boolean;
  stop(): Promise<void>;
};

export type FollowDeps<T> = {
  bus: Bus;
  clock: Clock;
  topic: Topic<T>;
  onRecord: (record: Incoming<T>) => void;
  /** Told once, as soon as all that stood in it at the start has been read. */
  onRead: () => void;
  /** Its end could not be found; that is tried again. */
  onFailure: (error: unknown) => void;
};

/** Follows all partitions of a topic from their first record. Resolves at once. */
export const followLog = async <T>(deps: FollowDeps<T>): Promise<FollowedLog> => {
  const { bus, clock, topic, onRecord, onRead, onFailure } = deps;
  const lastOffset = new Map<number, number>();
  let goals: ReadonlyMap<number, number> | null = null;
  let saidRead = false;

  const isRead = (): boolean =>
    goals !== null && [...goals].every(([partition, goal]) => (lastOffset.get(partition) ?? -1) >= goal);
  const sayWhenRead = (): void => {
    if (saidRead || !isRead()) return;
    saidRead = true;
    onRead();
  };

  const consumer = await bus.tail(topic, async (partition, records) => {
    for (const record of records) onRecord(record);
    lastOffset.set(partition, records.at(-1)?.offset ?? lastOffset.get(partition) ?? -1);
    sayWhenRead();
  });

  const findGoals = async (): Promise<void> => {
    const found = new Map<number, number>();
    const partitions = await bus.partitionCount(topic);
    for (let partition = 0; partition < partitions; partition++)
      await bus.readToEnd(topic, partition, 0, (record) => found.set(partition, record.offset));
    goals = found;
    sayWhenRead();
  };
  const stopping = new AbortController();
  const finding = (async () => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++)
      try {
        await findGoals();
        return;
      } catch (error) {
        onFailure(error);
        await clock.sleep(backoff(attempt, { firstMs: 100, maxMs: 2_000 }), stopping.signal);
      }
  })();

  return {
    isRead,
    stop: async () => {
      stopping.abort();
      await consumer.stop();
      await Promise.race([finding, clock.sleep(1_000)]);
    },
  };
};
