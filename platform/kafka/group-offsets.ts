import { GROUPS, topicsReadBy } from '../../schemas/topics.ts';
import type { Log } from '../process/log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';
import { createCluster, createKafka, kafkaErrorOf } from './kafka-client.ts';
import { onceLoaded } from './once-loaded.ts';
import { createReader, fetchOnce, offsetSince } from './kafka-reader.ts';

/** One partition as a group reads it. `committed` is the next record to read, null where the group never said. */
export type PartitionLag = {
  group: string;
  topic: string;
  partition: number;
  first: number;
  end: number;
  committed: number | null;
};

/** A group's members as Kafka knows them; `Empty` and `Dead` have none. */
export type GroupState = { group: string; state: string; members: number };

/** Records that the group has not committed yet, of those that are still there. */
export const recordsBehind = ({ first, end, committed }: PartitionLag): number =>
  Math.max(0, end - Math.max(first, committed ?? 0));

export type GroupOffsets = {
  /** Every partition of every group. Rejects while Kafka is away. */
  lags(): Promise<PartitionLag[]>;
  states(): Promise<GroupState[]>;
  /** The Kafka timestamp of the next record to read, null where there is none. One at a time: of fetches at once kafkajs leaves a connection open. */
  waitingSinceMs(lag: PartitionLag): Promise<number | null>;
  /** Where a partition's first record of this time or a later one stands. */
  offsetSince(topic: string, partition: number, timeMs: number): Promise<number>;
  /** Lets a group without members read on elsewhere. Rejects with a sentence if it has some. */
  commit(group: string, offsets: readonly { topic: string; partition: number; offset: number }[]): Promise<void>;
  close(): Promise<void>;
};

const ALL_GROUPS = Object.values(GROUPS);
/** Who commits without being one: Kafka takes it while the group has none. */
const NO_MEMBER = { groupGenerationId: -1, memberId: '' };
/** What Kafka answers about the offsets of a group that has members. */
const HAS_MEMBERS = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);

export const createGroupOffsets = (options: KafkaAccess & { log: Log }): GroupOffsets => {
  const named = { ...options, clientId: 'coalmine-offsets' };
  const admin = createKafka(named).admin();
  const reader = createReader(() => createCluster(named));
  let connected: Promise<void> | null = null;
  const connect = (): Promise<void> => {
    connected ??= admin.connect().catch((error: unknown) => {
      connected = null;
      throw error;
    });
    return connected;
  };

  const endsOf = async (topic: string) => {
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.map(({ partition, low, high }) => ({ topic, partition, first: Number(low), end: Number(high) }));
  };

  return {
    lags: async () => {
      await connect();
      const names = [...new Set(ALL_GROUPS.flatMap(topicsReadBy))];
      const ends = (await Promise.all(names.map(endsOf))).flat();
      const ofGroup = async (group: (typeof ALL_GROUPS)[number]): Promise<PartitionLag[]> => {
        const topics = topicsReadBy(group);
        const fetched = await onceLoaded(() => admin.fetchOffsets({ groupId: group, topics }));
        const committed = new Map(
          fetched.flatMap(({ topic, partitions }) =>
            partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
          ),
        );
        return ends
          .filter(({ topic }) => topics.includes(topic))
          .map((place) => {
            const offset = committed.get(`${place.topic}/${place.partition}`) ?? -1;
            return { group, ...place, committed: offset < 0 ? null : offset };
          });
      };
      return (await Promise.all(ALL_GROUPS.map(ofGroup))).flat();
    },
    states: async () => {
      await connect();
      const { groups } = await onceLoaded(() => admin.describeGroups(ALL_GROUPS));
      return groups.map(({ groupId, state, members }) => ({ group: groupId, state, members: members.length }));
    },
    waitingSinceMs: async (lag) => {
      const { topic, partition, first, committed } = lag;
      if (recordsBehind(lag) === 0) return null;
      const offset = Math.max(first, committed ?? 0);
      const [fetched] = await reader.use(async (cluster) => {
        await cluster.addTargetTopic(topic);
        return fetchOnce(cluster, [{ topic, partition, offset }], 100);
      });
      return fetched?.records[0]?.timestampMs ?? null;
    },
    offsetSince: (topic, partition, timeMs) => reader.use((cluster) => offsetSince(cluster, topic, partition, timeMs)),
    commit: (group, offsets) =>
      onceLoaded(() =>
        reader.use(async (cluster) => {
          const coordinator = await cluster.findGroupCoordinator({ groupId: group });
          const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, own]) => ({
            topic,
            partitions: own.map(({ partition, offset }) => ({ partition, offset: String(offset), metadata: null })),
          }));
          try {
            await coordinator.offsetCommit({ groupId: group, ...NO_MEMBER, topics });
          } catch (error) {
            if (!HAS_MEMBERS.has(kafkaErrorOf(error).type)) throw error;
            throw new Error(`${group} has members: stop them first, a reset would be overwritten by theirs`, {
              cause: error,
            });
          }
        }),
      ),
    close: async () => {
      await Promise.all([connected === null ? null : admin.disconnect(), reader.close()]);
    },
  };
};
