import { createKafka } from '../../platform/kafka/kafka-client.ts';
import { silentLog } from '../../platform/process/log.ts';
import { deadLetterTopic, GROUPS } from '../../schemas/topics.ts';

/** A dead letter as far as an operator looks at it; `group` is whose it is. */
export type Letter = { group: string; topic: string; partition: number; offset: number; reason: string; value: string };

type Headers = Record<string, Buffer | string | (Buffer | string)[] | undefined> | undefined;
const header = (headers: Headers, name: string): string => headers?.[name]?.toString() ?? '';

/** Collects what stands in all dead-letter topics, and what comes. */
export const followDeadLetters = async (
  brokers: string[],
): Promise<{ letters: readonly Letter[]; stop(): Promise<void> }> => {
  const letters: Letter[] = [];
  const groupOf = new Map(Object.values(GROUPS).map((group) => [deadLetterTopic(group), group]));
  const consumer = createKafka({ brokers, clientId: 'outages-test', log: silentLog }).consumer({
    groupId: 'outages-test',
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...groupOf.keys()], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, message: { headers, value } }) => {
      letters.push({
        group: groupOf.get(topic) ?? topic,
        topic: header(headers, 'coalmine-origin-topic'),
        partition: Number(header(headers, 'coalmine-origin-partition')),
        offset: Number(header(headers, 'coalmine-origin-offset')),
        reason: header(headers, 'coalmine-reason'),
        value: value?.toString('latin1') ?? '',
      });
    },
  });
  return { letters, stop: () => consumer.disconnect() };
};

/** Writes bytes as they are, and tells where they stand. */
export const writeRaw = async (
  brokers: string[],
  topic: string,
  partition: number,
  values: readonly Buffer[],
): Promise<number[]> => {
  const producer = createKafka({ brokers, clientId: 'outages-test', log: silentLog }).producer();
  await producer.connect();
  try {
    const offsets: number[] = [];
    for (const value of values) {
      const [written] = await producer.send({ topic, messages: [{ partition, value }] });
      offsets.push(Number(written?.baseOffset));
    }
    return offsets;
  } finally {
    await producer.disconnect();
  }
};
