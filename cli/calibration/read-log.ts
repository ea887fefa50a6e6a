import type { Bus } from '../../platform/kafka/bus.ts';
import type { Topic } from '../../schemas/topics.ts';
import { partitionsOf } from '../topics.ts';

/**
 * Reads every partition of a topic from the records of a time (0: from its first) to the end it has now, one partition after the
 * other, so that the same log is always read in the same order. Returns how many records there were; rejects if Kafka or the topic
 * is not there.
 */
export const readSince = async <T>(
  bus: Bus,
  topic: Topic<T>,
  sinceMs: number,
  onRecord: (partition: number, value: T) => void,
  onPartition: (done: number, partitions: number, records: number) => void,
): Promise<number> => {
  const partitions = await partitionsOf(bus, topic);
  let records = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    const from = sinceMs === 0 ? 0 : await bus.offsetSince(topic, partition, sinceMs);
    await bus.readToEnd(topic, partition, from, ({ value }) => {
      records += 1;
      onRecord(partition, value);
    });
    onPartition(partition + 1, partitions, records);
  }
  return records;
};
