import { createKafkaEvents } from '../../platform/kafka/kafka-events.ts';
import { createCluster, createKafka, type FetchedMessage } from '../../platform/kafka/kafka-client.ts';
import { createAppender } from '../../platform/kafka/kafka-producer.ts';
import { outgoing, type OutgoingRecord } from '../../platform/kafka/encode-records.ts';
import { createReader } from '../../platform/kafka/kafka-reader.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';

/**
 * Pieces of topics as bytes, taken out and put back: what a stage wrote is what the next one reads, in any round, without
 * a decoder between them. Whoever wrote it, this checkout or another, the bytes are the same.
 */

const MAX_BYTES = 8 << 20;
const MAX_WAIT_MS = 100;
/** As the services' writers append. */
const BATCH = 500;

export type RawTopic = { topic: string; byPartition: OutgoingRecord[][] };

export type RawLog = {
  /** From the first record, or from the offsets given, to the end that each partition has now. */
  read: (topic: string, partitions: number, from?: readonly number[]) => Promise<RawTopic>;
  append: (pieces: readonly RawTopic[]) => Promise<void>;
  close: () => Promise<void>;
};

const asItCame = ({ key, value, headers = {}, timestamp }: FetchedMessage): OutgoingRecord =>
  outgoing(key, value ?? Buffer.alloc(0), {
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
    timestampMs: Number(timestamp),
  });

export const openRawLog = (brokers: string[]): RawLog => {
  const options = { brokers, clientId: 'bench-raw', log: silentLog };
  const reader = createReader(() => createCluster(options));
  const events = createKafkaEvents(silentLog, createMetrics('bench_raw'));
  const appender = createAppender(createKafka(options), systemClock, events);

  const readPartition = (topic: string, partition: number, from: number): Promise<OutgoingRecord[]> =>
    reader.use(async (cluster) => {
      await cluster.addTargetTopic(topic);
      await cluster.refreshMetadata();
      const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition);
      if (leader === undefined) throw new Error(`${topic} has no partition ${partition}`);
      const broker = await cluster.findBroker({ nodeId: leader.leader });
      const records: OutgoingRecord[] = [];
      for (let offset = from; ;) {
        const { responses } = await broker.fetch({
          maxWaitTime: MAX_WAIT_MS,
          minBytes: 1,
          maxBytes: MAX_BYTES,
          isolationLevel: 0,
          topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: MAX_BYTES }] }],
        });
        const messages = responses[0]?.partitions[0]?.messages ?? [];
        const wanted = messages.filter((message) => Number(message.offset) >= offset);
        if (wanted.length === 0) return records;
        for (const message of wanted) records.push(asItCame(message));
        offset = Number(wanted.at(-1)!.offset) + 1;
      }
    });

  const appendPartition = async (topic: string, partition: number, records: readonly OutgoingRecord[]) => {
    for (let at = 0; at < records.length; at += BATCH)
      await appender.append(topic, partition, records.slice(at, at + BATCH));
  };

  return {
    read: async (topic, partitions, from = []) => ({
      topic,
      byPartition: await Promise.all(
        Array.from({ length: partitions }, (_, partition) => readPartition(topic, partition, from[partition] ?? 0)),
      ),
    }),
    append: async (pieces) => {
      await Promise.all(
        pieces.flatMap(({ topic, byPartition }) =>
          byPartition.map((records, partition) => appendPartition(topic, partition, records)),
        ),
      );
    },
    close: async () => {
      await Promise.all([reader.close(), appender.close(2_000)]);
    },
  };
};

/** A piece in two: what stands before the offsets, and the rest. */
export const splitAt = (
  { topic, byPartition }: RawTopic,
  offsets: readonly number[],
): [before: RawTopic, after: RawTopic] => [
  { topic, byPartition: byPartition.map((records, partition) => records.slice(0, offsets[partition] ?? 0)) },
  { topic, byPartition: byPartition.map((records, partition) => records.slice(offsets[partition] ?? 0)) },
];

/** Rows of windows, without the records that tell how far they are closed. */
export const rowsIn = (pieces: readonly RawTopic[]): number =>
  pieces.flatMap(({ byPartition }) => byPartition.flat()).filter(({ key }) => !String(key).startsWith('progress|'))
    .length;

/** Different keys of events; ticks, whose keys say so, are none. Events of the evaluation topics are keyed by exchange. */
export const eventKeysIn = (pieces: readonly RawTopic[]): Set<string> =>
  new Set(
    pieces
      .flatMap(({ byPartition }) => byPartition.flat())
      .map(({ key }) => String(key))
      .filter((key) => !key.startsWith('tick|')),
  );
