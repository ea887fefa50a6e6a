import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, Incoming } from '../../platform/kafka/bus.ts';
import type { Topic } from '../../schemas/topics.ts';
import { partitionsOf } from '../topics.ts';

const EVERY_MS = 300;
/** So many are put in order of time together; what is more is handed over before. */
const MOST_TOGETHER = 20_000;

/**
 * Hands over the records of a topic since a time to the end that it has now, and then what comes, until `isEnough` after a record or,
 * unless it follows, until that end. In order of time as far as records come together: partitions know no order among them.
 */
export const followTopic = async <T>(
  bus: Bus,
  topic: Topic<T>,
  { sinceMs, follows }: { sinceMs: number; follows: boolean },
  onRecord: (record: Incoming<T>) => 'enough' | 'more',
): Promise<void> => {
  const count = await partitionsOf(bus, topic);
  const next = await Promise.all(
    Array.from({ length: count }, (_, partition) => bus.offsetSince(topic, partition, sinceMs)),
  );
  const reading = { waiting: [] as Incoming<T>[], isEnough: false };
  const flush = (): void => {
    const due = reading.waiting.toSorted((a, b) => a.timestampMs - b.timestampMs);
    reading.waiting = [];
    for (const record of due) reading.isEnough ||= onRecord(record) === 'enough';
  };
  const readOn = (partition: number): Promise<void> =>
    bus.readToEnd(topic, partition, next[partition] ?? 0, (record) => {
      next[partition] = record.offset + 1;
      reading.waiting.push(record);
      if (reading.waiting.length >= MOST_TOGETHER) flush();
    });
  for (;;) {
    for (let partition = 0; partition < count && !reading.isEnough; partition += 1) await readOn(partition);
    flush();
    if (reading.isEnough || !follows) return;
    await sleep(EVERY_MS);
  }
};
