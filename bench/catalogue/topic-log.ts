import type { Bus } from '../../platform/kafka/bus.ts';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import type { Topic } from '../../schemas/topics.ts';

/** One writer's part in a topic: events by partition with their numbers, and ticks on each of them. */
export const createTopicLog = <E>(bus: Bus, topic: Topic<Stamped<E, Tick>>, source: string) => {
  const sequences = Array.from({ length: topic.partitions }, () => 0);
  const waiting: Stamped<E, Tick>[][] = sequences.map(() => []);
  return {
    add: (key: string, timeMs: number, event: E): void => {
      const partition = bus.partitionFor(key, topic.partitions);
      const sequence = (sequences[partition] ?? 0) + 1;
      sequences[partition] = sequence;
      waiting[partition]!.push({ source, sequence, timeMs, event, tick: null });
    },
    /** Appends what was added, and behind it on every partition that nothing from before this time will come. */
    close: async (timeMs: number, tick: Tick): Promise<void> => {
      for (const [partition, events] of waiting.entries()) {
        const sequence = sequences[partition] ?? 0;
        await bus.append(topic, partition, [...events.splice(0), { source, sequence, timeMs, event: null, tick }]);
      }
    },
  };
};
