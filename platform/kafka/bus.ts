import type { ReadTopic, Topic } from '../../schemas/topics.ts';

/**
 * The one seam to Kafka.
 *
 * Delivery: `append` resolves only when all in-sync replicas of that one partition have every record, in order; after a
 * rejection the records may or may not be there, so writers retry and readers drop repeats by id. The exception is
 * `RefusedRecordError`: then the record that it names was not written, nor any behind it, and no retry helps. `consume` delivers each assigned partition in
 * order, at least once. A record that can't be decoded goes to the group's dead-letter topic with its raw bytes, origin
 * and reason, is counted, and the consumer goes on. A record without a value (a tombstone) is skipped.
 *
 * `consume`, `tail` and the making of a bus resolve at once, whether or not Kafka is there.
 */
export type Bus = {
  /** Waits for Kafka and for the topic. */
  partitionCount(topic: { name: string }): Promise<number>;
  /** Java-compatible murmur2 of the key, modulo the partition count. */
  partitionFor(key: string, partitions: number): number;
  append<T>(topic: Topic<T>, partition: number, values: readonly T[]): Promise<void>;
  consume(group: string, subscriptions: readonly Subscription[], options?: ConsumeOptions): Promise<Consumer>;
  /**
   * Delivers every partition from its first record on, or from the offset that `from` has for it, and never ends; no group, no commits. An offset
   * that the partition has not (any more) means its first record. Undecodable records are counted and skipped.
   */
  tail<T>(
    topic: ReadTopic<T>,
    onRecords: (partition: number, records: readonly Incoming<T>[]) => Promise<void>,
    from?: ReadonlyMap<number, number>,
  ): Promise<Consumer>;
  /** Where a partition's first record with this timestamp or a later one stands; its end where none is so late. Waits for Kafka. */
  offsetSince(topic: { name: string }, partition: number, timeMs: number): Promise<number>;
  /** Reads one partition from `fromOffset` to the end it had at the call; waits for Kafka. Undecodable records are counted and skipped. */
  readToEnd<T>(
    topic: ReadTopic<T>,
    partition: number,
    fromOffset: number,
    onRecord: (record: Incoming<T>) => void,
  ): Promise<void>;
  /** False while the brokers can't be reached. */
  healthy(): boolean;
  /** What keeps Kafka or the registry from serving us, as a sentence: away, a refused password, a missing right. */
  trouble(): string | null;
  close(deadlineMs: number): Promise<void>;
};

/** A value that violates its topic's schema or is larger than a record may be, by our rule or the broker's. `index` is its place in the append. */
export class RefusedRecordError extends Error {
  override name = 'RefusedRecordError';
  readonly index: number;

  constructor(topicName: string, index: number, reason: string) {
    super(`${topicName} refuses record ${index} of the append: ${reason}`);
    this.index = index;
  }
}

export type Incoming<T> = { offset: number; timestampMs: number; key: string; value: T };

export type AssignedPartition = {
  topic: string;
  partition: number;
  /** False once the partition was revoked; then work on it must stop. */
  alive(): boolean;
  /**
   * Commits the offset of the next record to read, within a quarter of a second and together with the member's other
   * partitions: not to be awaited where the next records wait. False if it could not be, above all when the partition is
   * no longer ours. Advisory where snapshots rule.
   */
  commit(nextOffset: number): Promise<boolean>;
  pause(): void;
  resume(): void;
};

export type Subscription = {
  topic: ReadTopic<never>;
  /** May return the offset to start at (a restored snapshot's); undefined means the group's committed offset, else the first record. Tried again until it succeeds. */
  onAssign?(partition: AssignedPartition): Promise<number | undefined>;
  /** Must return soon: slow work is queued, with `pause` as the brake. Records already fetched may still come after a pause. If it throws, the same records come again. */
  onRecords(partition: AssignedPartition, records: readonly Incoming<never>[]): Promise<void>;
  onRevoke?(partition: AssignedPartition): Promise<void>;
};

export type ConsumeOptions = { maxBytesPerPartition?: number };

export type Consumer = { stop(): Promise<void> };

/** Binds a topic's type to its handlers, so that a list of subscriptions can hold topics of several types. */
export const subscription = <T>(
  topic: ReadTopic<T>,
  handlers: {
    onAssign?: (partition: AssignedPartition) => Promise<number | undefined>;
    onRecords: (partition: AssignedPartition, records: readonly Incoming<T>[]) => Promise<void>;
    onRevoke?: (partition: AssignedPartition) => Promise<void>;
  },
): Subscription => ({ topic, ...handlers }) as unknown as Subscription;
