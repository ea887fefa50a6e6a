import { deadLetterTopic, type Group, TOPICS, topicsReadBy } from '../../schemas/topics.ts';
import { systemClock as clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createMetrics } from '../process/metrics.ts';
import type { KafkaAccess, RegistryAccess } from '../process/parts-security.ts';
import { createCodec, UndecodableError } from './codec.ts';
import { type DeadLetter, type Headers, originOf, reasonOf, replayedHeaders, replayedOffset } from './dead-letter.ts';
import type { RawRecord } from './decode-records.ts';
import { outgoing } from './encode-records.ts';
import { createCluster, createKafka, type FetchedMessage } from './kafka-client.ts';
import { createKafkaEvents } from './kafka-events.ts';
import { createAppender } from './kafka-producer.ts';
import { countPartitions, createReader, rawOf, readPartition } from './kafka-reader.ts';
import { createHttpRegistry } from './schema-registry.ts';

/** A dead letter as it lies in its group's topic. */
export type StoredLetter = {
  group: Group;
  partition: number;
  offset: number;
  /**
   * Null if its headers name no topic that its group reads: then it can't be sent back. Whoever may write letters could name any
   * topic there, such as the decision log, and let an operator write to it.
   */
  origin: Pick<DeadLetter, 'topic' | 'partition' | 'offset' | 'timestampMs'> | null;
  reason: string;
  key: Buffer | null;
  value: Buffer | null;
  /** The Kafka timestamp of the record that it was. */
  timestampMs: number;
  /** Whether it was written to its topic again. */
  isReplayed: boolean;
};

/** What an operator does with the records that consumer groups could not decode. Each call rejects while Kafka is away. */
export type DeadLetterBox = {
  /** Hands over every letter of a group, partition by partition. */
  read(group: Group, onLetter: (letter: StoredLetter) => Promise<void>): Promise<void>;
  /** What it says, if it can be decoded now; else why not. */
  decode(letter: StoredLetter): Promise<{ value: unknown } | { reason: string }>;
  /** Writes its bytes to the topic and partition that it came from, with its key and time, and marks it as replayed. */
  replay(letter: StoredLetter): Promise<void>;
  close(): Promise<void>;
};

type WithHeaders = RawRecord & { headers: Headers };

const withHeaders = (message: FetchedMessage): WithHeaders => {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
  return { ...rawOf(message), headers: Object.fromEntries(headers) as Headers };
};

const NO_ORIGIN = 'its headers name no topic that its group reads';
const CLOSE_MS = 3_000;

export const createDeadLetterBox = (options: KafkaAccess & RegistryAccess & { log: Log }): DeadLetterBox => {
  const named = { ...options, clientId: 'coalmine-dlq' };
  const reader = createReader(() => createCluster(named));
  const appender = createAppender(createKafka(named), clock, createKafkaEvents(options.log, createMetrics('dlq')));
  const codec = createCodec(createHttpRegistry(options, clock));
  const topicOf = ({ origin }: StoredLetter) => TOPICS.find(({ name }) => name === origin?.topic);

  const readOne = (
    topic: string,
    partition: number,
    onRecord: (record: WithHeaders) => void | Promise<void>,
  ): Promise<void> =>
    readPartition<WithHeaders>(
      reader,
      { topic, partition, offset: 0 },
      async (records) => {
        for (const record of records) await onRecord(record);
      },
      withHeaders,
    );

  return {
    read: async (group, onLetter) => {
      const topic = deadLetterTopic(group);
      const partitions = await reader.use((cluster) => countPartitions(cluster, topic));
      for (let partition = 0; partition < partitions; partition += 1) {
        const replayed = new Set<number>();
        await readOne(topic, partition, ({ headers }) => {
          const offset = replayedOffset(headers);
          if (offset !== null) replayed.add(offset);
        });
        await readOne(topic, partition, async ({ headers, offset, key, value, timestampMs }) => {
          if (replayedOffset(headers) !== null) return;
          const isReplayed = replayed.has(offset);
          const origin = originOf(headers);
          const isOurs = origin !== null && topicsReadBy(group).includes(origin.topic);
          const told = { origin: isOurs ? origin : null, reason: reasonOf(headers) };
          await onLetter({ group, partition, offset, ...told, key, value, timestampMs, isReplayed });
        });
      }
    },
    decode: async (letter) => {
      const topic = topicOf(letter);
      if (topic === undefined) return { reason: NO_ORIGIN };
      try {
        const decode = await codec.decoder<unknown>(topic, [letter.value]);
        return { value: decode(letter.value) };
      } catch (error) {
        if (error instanceof UndecodableError) return { reason: error.message };
        throw error;
      }
    },
    replay: async (letter) => {
      const { origin, group, partition, offset, key, value, timestampMs } = letter;
      if (origin === null) throw new Error(NO_ORIGIN);
      const letters = deadLetterTopic(group);
      const from = { 'coalmine-replayed-from': `${letters}/${partition}/${offset}` };
      const record = outgoing(key, value ?? Buffer.alloc(0), { timestampMs, headers: from });
      await appender.append(origin.topic, origin.partition, [record]);
      const mark = outgoing(key, Buffer.alloc(0), { timestampMs: clock.nowMs(), headers: replayedHeaders(offset) });
      await appender.append(letters, partition, [mark]);
    },
    close: async () => {
      await Promise.all([appender.close(CLOSE_MS), reader.close()]);
    },
  };
};
