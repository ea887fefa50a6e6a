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
import { countPartitions, createReader, offsetAt, rawOf, type Reader, readPartition } from './kafka-reader.ts';
import { createHttpRegistry } from './schema-registry.ts';
import { forgetBefore, noWaiting, takeLetter, type WaitingLetters } from './waiting-letters.ts';

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
  /** How many letters of a group lie there that were not sent back. Reads what came since it was asked last. */
  waiting(group: Group): Promise<number>;
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

type ReadOne = (
  topic: string,
  partition: number,
  onRecord: (record: WithHeaders) => void | Promise<void>,
  offset?: number,
) => Promise<void>;

/** Counts letters that were not sent back: one call after the other, each from where the one before ended. */
const createWaitingCount = (reader: Reader, readOne: ReadOne): DeadLetterBox['waiting'] => {
  const known = new Map<string, WaitingLetters>();
  const countIn = async (topic: string, partition: number): Promise<number> => {
    const place = `${topic}/${partition}`;
    const waiting = known.get(place) ?? noWaiting();
    known.set(place, waiting);
    await readOne(topic, partition, (record) => takeLetter(waiting, record), waiting.next);
    forgetBefore(waiting, await reader.use((cluster) => offsetAt(cluster, topic, partition, 'first')));
    return waiting.offsets.size;
  };
  let last: Promise<unknown> = Promise.resolve();
  return (group) => {
    const count = async (): Promise<number> => {
      const topic = deadLetterTopic(group);
      const partitions = await reader.use((cluster) => countPartitions(cluster, topic));
      let sum = 0;
      for (let partition = 0; partition < partitions; partition += 1) sum += await countIn(topic, partition);
      return sum;
    };
    const turn = last.then(count, count);
    last = turn.catch(() => {});
    return turn;
  };
};

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
    offset = 0,
  ): Promise<void> =>
    readPartition<WithHeaders>(
      reader,
      { topic, partition, offset },
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
    waiting: createWaitingCount(reader, readOne),
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
