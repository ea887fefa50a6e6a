import { deadLetterTopic } from '../../schemas/topics.ts';
import type { Bus, Consumer } from './bus.ts';
import { systemClock as clock } from '../process/clock.ts';
import { createCodec } from './codec.ts';
import { deadLetterHeaders } from './dead-letter.ts';
import { decodeRecords, type RawRecord } from './decode-records.ts';
import { encodeRecords, outgoing } from './encode-records.ts';
import { createCluster, createKafka, PATIENT_RETRY, within } from './kafka-client.ts';
import { startConsumer } from './kafka-consumer.ts';
import { createKafkaEvents } from './kafka-events.ts';
import { createKafkaOutages, startProbe } from './kafka-outages.ts';
import { createAppender } from './kafka-producer.ts';
import { countPartitions, createReader, offsetSince, type Reader, readPartition, startTail } from './kafka-reader.ts';
import type { Log } from '../process/log.ts';
import type { Metrics } from '../process/metrics.ts';
import type { KafkaAccess, RegistryAccess } from '../process/parts-security.ts';
import { partitionOfKey } from './partition-of-key.ts';
import { maxBatchBytes } from './record-size.ts';
import { retryForever } from '../process/retry.ts';
import { createHttpRegistry } from './schema-registry.ts';
import type { ReadTopic } from '../../schemas/topics.ts';

export type KafkaBusOptions = KafkaAccess & RegistryAccess & { clientId: string; log: Log; metrics: Metrics };

/** The bus on Kafka and a schema registry. Resolves at once; connections are made in the background and made again for ever. */
export const createKafkaBus = async (options: KafkaBusOptions): Promise<Bus> => {
  const { log, metrics } = options;
  const events = createKafkaEvents(log, metrics);
  const codec = createCodec(createHttpRegistry(options, clock));
  const outages = createKafkaOutages(options, log, clock);
  const { connection, denials, decoding, readingFailed } = outages;
  const appender = createAppender(createKafka(options), clock, events, denials);
  const kafka = createKafka(options, PATIENT_RETRY);
  const reader = createReader(() => createCluster(options));
  const prober = createReader(() => createCluster(options));
  const closing = new AbortController();
  const { signal } = closing;
  const consumers = new Set<Consumer>();
  const probe = startProbe(prober, clock, signal, outages);

  const insist = async <T>(topic: string, run: () => Promise<T>): Promise<T> => {
    const found = await retryForever(run, { clock, signal, onRetry: readingFailed(topic) });
    denials.worked('read', topic);
    return found;
  };
  const keep = (inner: Consumer): Consumer => {
    const consumer = {
      stop: async () => {
        consumers.delete(consumer);
        await inner.stop();
      },
    };
    consumers.add(consumer);
    return consumer;
  };
  /** For readers without a group: what can't be decoded is counted and passed over. */
  const decodeOrSkip = async <T>(topic: ReadTopic<T>, partition: number, raw: readonly RawRecord[]) => {
    const { records, undecodable } = await retryForever(() => decodeRecords(codec, topic, raw), {
      clock,
      signal,
      onRetry: decoding.failed,
    });
    decoding.recovered();
    for (const { record, reason } of undecodable) events.skipped(topic.name, partition, record.offset, reason);
    return records;
  };

  return {
    partitionCount: ({ name }) => insist(name, () => reader.use((cluster) => countPartitions(cluster, name))),
    partitionFor: partitionOfKey,
    append: async (topic, partition, values) => {
      const encode = await codec.encoder(topic).catch((error: unknown) => {
        outages.encodingFailed(error);
        throw error;
      });
      outages.encodingWorked();
      const records = encodeRecords(topic, partition, values, encode, maxBatchBytes(topic.name));
      await appender.append(topic.name, partition, records);
    },
    consume: async (group, subscriptions, consumeOptions = {}) => {
      const letters = deadLetterTopic(group);
      const countLetters = () => reader.use((cluster) => countPartitions(cluster, letters));
      let letterPartitions: number | undefined;
      const park: Parameters<typeof startConsumer>[3]['park'] = async (letter) => {
        letterPartitions ??= await countLetters();
        const { key, value, timestampMs } = letter;
        const record = outgoing(key, value ?? Buffer.alloc(0), { timestampMs, headers: deadLetterHeaders(letter) });
        await appender.append(letters, letter.partition % letterPartitions, [record]);
      };
      const deps = { codec, clock, events, kafka, reader, connection, denials, park, outage: decoding };
      return keep(startConsumer(group, subscriptions, consumeOptions, deps));
    },
    tail: async (topic, onRecords, from = new Map()) => {
      const deliver = async (partition: number, raw: RawRecord[]): Promise<void> => {
        const records = await decodeOrSkip(topic, partition, raw);
        if (records.length > 0) await onRecords(partition, records);
      };
      const own = createReader(() => createCluster(options));
      const use: Reader['use'] = async (run) => {
        const found = await own.use(run);
        denials.worked('read', topic.name);
        return found;
      };
      const known = [...from].map(([partition, offset]) => ({ topic: topic.name, partition, offset }));
      return keep(startTail({ ...own, use }, topic.name, clock, deliver, readingFailed(topic.name), known));
    },
    offsetSince: ({ name }, partition, timeMs) =>
      insist(name, () => reader.use((cluster) => offsetSince(cluster, name, partition, timeMs))),
    readToEnd: async (topic, partition, fromOffset, onRecord) => {
      let offset = fromOffset;
      let refusal: unknown;
      const onBatch = async (raw: RawRecord[]): Promise<void> => {
        const records = await decodeOrSkip(topic, partition, raw);
        try {
          for (const record of records) onRecord(record);
        } catch (error) {
          refusal = error;
          throw error;
        }
        offset = (raw.at(-1)?.offset ?? offset - 1) + 1;
      };
      await retryForever(() => readPartition(reader, { topic: topic.name, partition, offset }, onBatch), {
        clock,
        signal,
        onRetry: readingFailed(topic.name),
        isRetriable: (error) => error !== refusal,
      });
      denials.worked('read', topic.name);
    },
    healthy: probe.isReached,
    trouble: () => outages.trouble(probe.isReached()),
    close: async (deadlineMs) => {
      const stopAll = async (): Promise<void> => {
        await Promise.all([...consumers].map((consumer) => consumer.stop()));
        closing.abort();
        await Promise.all([appender.close(deadlineMs), reader.close(), prober.close(), probe.ended]);
      };
      await within(deadlineMs, stopAll());
      closing.abort();
    },
  };
};
