import type { Bus } from '../../platform/kafka/bus.ts';
import type { ReadTopic, Topic } from '../../schemas/topics.ts';
import { partitionsOf } from '../topics.ts';

/** Ends a reading whose record is found. */
class Found extends Error {}

/** The record at an offset; undefined where compaction or retention took it. */
const recordAt = async <T>(bus: Bus, topic: Topic<T>, partition: number, offset: number): Promise<T | undefined> => {
  let found: T | undefined;
  try {
    await bus.readToEnd(topic, partition, offset, (record) => {
      if (record.offset === offset) found = record.value;
      throw new Found();
    });
  } catch (error) {
    if (!(error instanceof Found)) throw error;
  }
  return found;
};

export type Wanted = {
  key: string;
  /** Nothing older is read; 0 reads all. */
  sinceMs: number;
  /** So many are enough. */
  limit: number;
};

/**
 * The records of a key, in the order of the log. Only the partition that the key's records go to is read; of those of other keys no more than
 * `light` says, so that their bodies need not be decoded.
 */
export const findRecords = async <T>(
  bus: Bus,
  topic: Topic<T>,
  light: ReadTopic<unknown>,
  { key, sinceMs, limit }: Wanted,
): Promise<T[]> => {
  const partition = bus.partitionFor(key, await partitionsOf(bus, topic));
  const offsets: number[] = [];
  try {
    const from = sinceMs === 0 ? 0 : await bus.offsetSince(topic, partition, sinceMs);
    await bus.readToEnd(light, partition, from, (record) => {
      if (record.key === key) offsets.push(record.offset);
      if (offsets.length >= limit) throw new Found();
    });
  } catch (error) {
    if (!(error instanceof Found)) throw error;
  }
  const records: T[] = [];
  for (const offset of offsets) {
    const value = await recordAt(bus, topic, partition, offset);
    if (value !== undefined) records.push(value);
  }
  return records;
};
