import kafkajs from 'kafkajs';
import type { Kafka, Producer, RecordMetadata } from 'kafkajs';
import { RefusedRecordError } from './bus.ts';
import { createCombinedSends } from './combined-sends.ts';
import type { Clock } from '../process/clock.ts';
import type { Denials } from './denials.ts';
import type { OutgoingRecord } from './encode-records.ts';
import { METADATA_MAX_AGE_MS, kafkaErrorOf, within } from './kafka-client.ts';
import type { KafkaEvents } from './kafka-events.ts';
import { batchesOf, maxBatchBytes } from './record-size.ts';
import { backoff } from '../process/retry.ts';

const GIVE_UP_AFTER_MS = 15_000;
const BROKER_TIMEOUT_MS = 5_000;
const CLOSE_MS = 2_000;
const ALL_IN_SYNC = -1;

export type Append = (topicName: string, partition: number, records: readonly OutgoingRecord[]) => Promise<void>;
export type Appender = { append: Append; close(deadlineMs: number): Promise<void> };

/** kafkajs resolves a send whose records it never sent; what the brokers acknowledged is what counts. */
const assertAcked = (acks: readonly RecordMetadata[], topicName: string, partition: number): void => {
  const [ack] = acks;
  if (acks.length !== 1 || ack?.topicName !== topicName || ack.partition !== partition || ack.errorCode !== 0)
    throw new Error(
      `the brokers did not acknowledge the records for ${topicName} ${partition}: ${JSON.stringify(acks)}`,
    );
};

/** The brokers' own limit may be lower than ours. To try again is of no use, and would hold up all that follows. */
const isTooLarge = (error: unknown): boolean =>
  ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(kafkaErrorOf(error).type);

/** A time further ahead than the brokers allow (`message.timestamp.after.max.ms`), as of a host whose clock has leapt. */
const isTimeRefused = (error: unknown): boolean => kafkaErrorOf(error).type === 'INVALID_TIMESTAMP';

/** What a record's timestamp says where there is none; the brokers take it from anyone, and keep such records as new ones. */
const NO_TIMESTAMP = '-1';

/** Errors after which the connections are still good, and kafkajs has fetched the metadata anew. */
const isRefusal = (error: unknown): boolean => kafkaErrorOf(error).name === 'KafkaJSProtocolError';

type Connected = { producer: Producer; send: ReturnType<typeof createCombinedSends> };

const connect = async (kafka: Kafka): Promise<Connected> => {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    maxInFlightRequests: 5,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    retry: { retries: 0 },
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  const settings = { acks: ALL_IN_SYNC, timeout: BROKER_TIMEOUT_MS, compression: kafkajs.CompressionTypes.ZSTD };
  const send = createCombinedSends((topicMessages) => producer.sendBatch({ ...settings, topicMessages }), isRefusal);
  return { producer, send };
};

/** The producer in use, made when it is first asked for and anew after it failed or was discarded. */
const createConnection = (kafka: Kafka) => {
  let current: Promise<Connected> | undefined;
  const forget = (connecting: Promise<Connected>): void => {
    if (current === connecting) current = undefined;
  };
  return {
    now: (): Promise<Connected> => {
      if (current !== undefined) return current;
      const connecting = connect(kafka);
      connecting.catch(() => forget(connecting));
      current = connecting;
      return connecting;
    },
    /** One that was made, and is of no more use. */
    discard: (connecting: Promise<Connected>): void => {
      forget(connecting);
      void within(
        CLOSE_MS,
        connecting.then(({ producer }) => producer.disconnect()),
      );
    },
    close: async (deadlineMs: number): Promise<void> => {
      const connected = await current?.catch(() => undefined);
      if (connected) await within(deadlineMs, connected.producer.disconnect());
    },
  };
};

/** No timestamp is later than now; where the brokers refused even that, there is none. */
const messagesOf = (batch: readonly OutgoingRecord[], partition: number, nowMs: number, isTimed: boolean) =>
  batch.map(({ key, value, headers, timestampMs = nowMs }) => ({
    key,
    value,
    headers,
    partition,
    timestamp: isTimed ? String(Math.min(timestampMs, nowMs)) : NO_TIMESTAMP,
  }));

/**
 * Appends one batch at a time to one partition, trying again for up to 15 s. After a time-out, or any other trouble with
 * a connection, the whole producer is thrown away: kafkajs would go on with the dead socket.
 *
 * A record's Kafka timestamp is never later than the moment it is sent at. Where the brokers find even that too far ahead,
 * our clock is wrong: the batch goes again without timestamps, so that nothing waits for the clocks to agree, and readers
 * see that nobody vouches for its times.
 */
export const createAppender = (
  kafka: Kafka,
  clock: Clock,
  events: KafkaEvents,
  denials?: Pick<Denials, 'failed' | 'worked'>,
): Appender => {
  const connection = createConnection(kafka);
  const closing = new AbortController();

  const sendOnce = async (
    topic: string,
    partition: number,
    batch: readonly OutgoingRecord[],
    isTimed: boolean,
  ): Promise<void> => {
    const connecting = connection.now();
    const { send } = await connecting;
    const messages = messagesOf(batch, partition, clock.nowMs(), isTimed);
    try {
      const sizeBytes = batch.reduce((sum, record) => sum + record.sizeBytes, 0);
      const acks = await send({ topic, partition, messages, sizeBytes });
      assertAcked(acks, topic, partition);
    } catch (error) {
      if (!isRefusal(error)) connection.discard(connecting);
      throw error;
    }
  };

  const send = async (topic: string, partition: number, batch: readonly OutgoingRecord[]): Promise<void> => {
    const giveUpAtMs = clock.nowMs() + GIVE_UP_AFTER_MS;
    let isTimed = true;
    for (let attempt = 1; ; attempt++) {
      try {
        await sendOnce(topic, partition, batch, isTimed);
        events.appended(topic, batch.length);
        denials?.worked('write', topic);
        return;
      } catch (error) {
        if (isTimed && isTimeRefused(error)) {
          isTimed = false;
          events.timeRefused(topic, batch.length);
          continue;
        }
        const { message } = kafkaErrorOf(error);
        events.appendFailed(topic, message);
        denials?.failed('write', topic, error);
        if (isTooLarge(error)) throw error;
        const waitMs = backoff(attempt, { firstMs: 100, maxMs: 2_000 });
        if (closing.signal.aborted || clock.nowMs() + waitMs > giveUpAtMs)
          throw new Error(`${topic} ${partition} could not be appended to: ${message}`, { cause: error });
        await clock.sleep(waitMs, closing.signal);
      }
    }
  };

  /** Halves a batch that the brokers find too large, down to the one record that is; `first` is its place in the append. */
  const sendInParts = async (
    topic: string,
    partition: number,
    batch: readonly OutgoingRecord[],
    first: number,
  ): Promise<void> => {
    if (closing.signal.aborted) throw new Error('the bus is closed');
    try {
      await send(topic, partition, batch);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (batch.length === 1) throw new RefusedRecordError(topic, first, kafkaErrorOf(error).message);
      const half = Math.ceil(batch.length / 2);
      await sendInParts(topic, partition, batch.slice(0, half), first);
      await sendInParts(topic, partition, batch.slice(half), first + half);
    }
  };

  return {
    append: async (topicName, partition, records) => {
      let first = 0;
      for (const batch of batchesOf(records, maxBatchBytes(topicName))) {
        await sendInParts(topicName, partition, batch, first);
        first += batch.length;
      }
    },
    close: async (deadlineMs) => {
      closing.abort();
      await connection.close(deadlineMs);
    },
  };
};
