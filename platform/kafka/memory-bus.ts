import { deadLetterTopic, type Topic } from '../../schemas/topics.ts';
import { type Bus, type Consumer, subscription } from './bus.ts';
import { createCodec } from './codec.ts';
import { decodeRecords } from './decode-records.ts';
import { encodeRecords } from './encode-records.ts';
import { createMemoryGroup, deliverAll, type MemoryGroup } from './memory-group.ts';
import { createMemoryPartitions, type StoredRecord } from './memory-partitions.ts';
import { partitionOfKey } from './partition-of-key.ts';
import { maxBatchBytes } from './record-size.ts';
import { createMemoryRegistry } from './schema-registry.ts';

const BATCH = 500;

export type MemoryBus = Bus & {
  /** Appends bytes as they are; returns nothing to decode by. */
  produceRaw(topicName: string, partition: number, value: Buffer | null): void;
  /** What lies in a partition, undecoded; of a dead-letter topic too. */
  raw(topicName: string, partition: number): readonly StoredRecord[];
  /** The names of the topics that a group was ever subscribed to. */
  subscribed(group: string): string[];
};

/** A small seeded generator (mulberry32), so that a run can be repeated. */
const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Kafka and its registry inside one process, for tests. With a seed, batches are of random sizes from 1 to 8. */
export const createMemoryBus = (options: { seed?: number } = {}): MemoryBus => {
  const codec = createCodec(createMemoryRegistry());
  const partitions = createMemoryPartitions();
  const random = options.seed === undefined ? undefined : randomOf(options.seed);
  const batchSize = (): number => (random ? 1 + Math.floor(random() * 8) : BATCH);
  const groups = new Map<string, MemoryGroup>();
  const running = new Set<Consumer>();
  const subscribed = new Map<string, Set<string>>();
  let isClosed = false;

  const keep = (stop: () => Promise<void>): Consumer => {
    const consumer = {
      stop: async () => {
        running.delete(consumer);
        await stop();
      },
    };
    running.add(consumer);
    return consumer;
  };
  const sharedOf = (deadLetters: string | undefined) => ({
    codec,
    partitions,
    deadLetters,
    batchSize,
    committed: new Map<string, number>(),
  });
  const groupOf = (group: string): MemoryGroup => {
    const found = groups.get(group) ?? createMemoryGroup(sharedOf(deadLetterTopic(group)));
    groups.set(group, found);
    return found;
  };
  const write = <T>(
    topic: Topic<T>,
    partition: number,
    value: Buffer | null,
    rest: Omit<StoredRecord, 'offset' | 'value'>,
  ): void => partitions.push(topic.name, partition, { value, ...rest });

  return {
    partitionCount: async ({ name }) => partitions.count(name),
    partitionFor: partitionOfKey,
    append: async (topic, partition, values) => {
      if (isClosed) throw new Error('the bus is closed');
      const encode = await codec.encoder(topic);
      partitions.of(topic.name, partition);
      for (const record of encodeRecords(topic, partition, values, encode, maxBatchBytes(topic.name)))
        write(topic, partition, record.value, {
          key: Buffer.from(record.key),
          timestampMs: record.timestampMs ?? Date.now(),
          headers: record.headers,
        });
    },
    consume: async (group, subscriptions) => {
      const names = subscriptions.map(({ topic }) => topic.name);
      subscribed.set(group, new Set([...(subscribed.get(group) ?? []), ...names]));
      const membership = await groupOf(group).join(subscriptions);
      return keep(() => membership.leave());
    },
    tail: async (topic, onRecords, from = new Map()) => {
      const startOf = (partition: number): number => {
        const offset = from.get(partition) ?? 0;
        return offset > partitions.of(topic.name, partition).records.length ? 0 : offset;
      };
      const all = subscription(topic, {
        onAssign: async ({ partition }) => startOf(partition),
        onRecords: ({ partition }, records) => onRecords(partition, records),
      });
      const tail = deliverAll(topic, all, sharedOf(undefined));
      return keep(() => tail.stop());
    },
    offsetSince: async ({ name }, partition, timeMs) => {
      const { records } = partitions.of(name, partition);
      return records.find(({ timestampMs }) => timestampMs >= timeMs)?.offset ?? records.length;
    },
    readToEnd: async (topic, partition, fromOffset, onRecord) => {
      const raw = partitions.of(topic.name, partition).records.slice(fromOffset);
      for (const record of (await decodeRecords(codec, topic, raw)).records) onRecord(record);
    },
    subscribed: (group) => [...(subscribed.get(group) ?? [])],
    healthy: () => !isClosed,
    trouble: () => (isClosed ? 'the bus is closed' : null),
    close: async () => {
      isClosed = true;
      await Promise.all([...running].map((consumer) => consumer.stop()));
      // Whoever still holds the bus, as a server of a test may long after its end, need not hold all of the records.
      partitions.clear();
    },
    produceRaw: (topicName, partition, value) =>
      partitions.push(topicName, partition, { key: null, value, timestampMs: Date.now(), headers: {} }),
    raw: (topicName, partition) => partitions.of(topicName, partition).records,
  };
};
