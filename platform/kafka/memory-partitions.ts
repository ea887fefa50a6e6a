import { DEAD_LETTER_PARTITIONS, TOPICS } from '../../schemas/topics.ts';
import type { RawRecord } from './decode-records.ts';
import { type ChangeSignal, createChangeSignal } from './change-signal.ts';

export type StoredRecord = RawRecord & { headers: Record<string, string> };
export type MemoryPartition = { records: StoredRecord[]; changed: ChangeSignal };

/** Topics as arrays; a topic comes into being with its first use. */
export type MemoryPartitions = {
  count(topicName: string): number;
  of(topicName: string, partition: number): MemoryPartition;
  push(topicName: string, partition: number, record: Omit<StoredRecord, 'offset'>): void;
  /** Forgets every record. */
  clear(): void;
};

export const createMemoryPartitions = (): MemoryPartitions => {
  const counts = new Map<string, number>(TOPICS.map((topic) => [topic.name, topic.partitions]));
  const partitions = new Map<string, MemoryPartition>();
  const count = (topicName: string): number => counts.get(topicName) ?? DEAD_LETTER_PARTITIONS;
  const of = (topicName: string, partition: number): MemoryPartition => {
    if (!Number.isInteger(partition) || partition < 0 || partition >= count(topicName))
      throw new Error(`${topicName} has partitions 0 to ${count(topicName) - 1}, not ${partition}`);
    const id = `${topicName}|${partition}`;
    const found = partitions.get(id) ?? { records: [], changed: createChangeSignal() };
    partitions.set(id, found);
    return found;
  };
  return {
    count,
    of,
    push: (topicName, partition, record) => {
      const { records, changed } = of(topicName, partition);
      records.push({ ...record, offset: records.length });
      changed.notify();
    },
    clear: () => partitions.clear(),
  };
};
