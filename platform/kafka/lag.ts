import { GROUPS, topicsReadBy } from '../../schemas/topics.ts';
import { createKafka } from './kafka-client.ts';
import type { Log } from '../process/log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';

/** Records of a group's topics since they began: those appended, and those of them that it has committed. */
export type GroupLag = { group: string; appended: number; read: number };

/** Records that the group has not committed yet. */
export const messagesBehind = ({ appended, read }: GroupLag): number => appended - read;

export type LagReader = { read(): Promise<GroupLag[]>; close(): Promise<void> };

const READ = Object.values(GROUPS).map((group) => ({ group, topics: topicsReadBy(group) }));

/** Reads the lag of every consumer group. Rejects while Kafka is away. */
export const createLagReader = (options: KafkaAccess & { log: Log }): LagReader => {
  const admin = createKafka({ ...options, clientId: 'coalmine-lag' }).admin();
  let connected: Promise<void> | null = null;

  const lagOf = async (
    { group, topics }: (typeof READ)[number],
    ends: ReadonlyMap<string, number>,
  ): Promise<GroupLag> => {
    const committed = await admin.fetchOffsets({ groupId: group, topics });
    let [appended, read] = [0, 0];
    for (const { topic, partitions } of committed)
      for (const { partition, offset } of partitions) {
        const end = ends.get(`${topic}/${partition}`) ?? 0;
        appended += end;
        read += Math.min(end, Math.max(0, Number(offset)));
      }
    return { group, appended, read };
  };

  return {
    read: async () => {
      connected ??= admin.connect();
      await connected.catch((error: unknown) => {
        connected = null;
        throw error;
      });
      const names = [...new Set(READ.flatMap(({ topics }) => topics))];
      const ends = new Map<string, number>();
      await Promise.all(
        names.map(async (topic) => {
          for (const { partition, high } of await admin.fetchTopicOffsets(topic))
            ends.set(`${topic}/${partition}`, Number(high));
        }),
      );
      return Promise.all(READ.map((row) => lagOf(row, ends)));
    },
    close: () => admin.disconnect(),
  };
};
