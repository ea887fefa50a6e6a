import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../platform/bus.ts';
import type { Topic } from '../../schemas/topics.ts';

const CONNECT_MS = 20_000;

/**
 * Reads every partition of a topic from its first record to the end it has now, one partition after the other, so that the
 * same log is always read in the same order. Returns how many records there were; rejects if Kafka or the topic is not there.
 */
export const readWhole = async <T>(
  bus: Bus,
  topic: Topic<T>,
  onRecord: (partition: number, value: T) => void,
  onPartition: (done: number, partitions: number, records: number) => void,
): Promise<number> => {
  const partitions = await Promise.race([bus.partitionCount(topic), sleep(CONNECT_MS, null, { ref: false })]);
  if (partitions === null)
    throw new Error(
      `Kafka (KAFKA_BROKERS) did not tell of ${topic.name} within ${CONNECT_MS / 1000} s; is it running?`,
    );
  let records = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    await bus.readToEnd(topic, partition, 0, ({ value }) => {
      records += 1;
      onRecord(partition, value);
    });
    onPartition(partition + 1, partitions, records);
  }
  return records;
};
