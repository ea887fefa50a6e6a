import type { Log } from '../process/log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';
import { createKafka } from './kafka-client.ts';

/** A topic as the brokers have it. */
export type TopicState = {
  name: string;
  partitions: number;
  /** Partitions of which a copy is missing or behind. */
  underReplicated: number;
  /** Records that are there, or were before compaction. */
  records: number;
  /** Its settings by name; null where our user may not read them. */
  config: Readonly<Record<string, string>> | null;
};

export type TopicsReader = {
  /** Those of the names that exist, and how many brokers there are. Rejects while Kafka is away. */
  read(names: readonly string[]): Promise<{ brokers: number; topics: TopicState[] }>;
  close(): Promise<void>;
};

/** kafkajs' number for a topic among the things that have settings. */
const TOPIC = 2;

export const createTopicsReader = (options: KafkaAccess & { log: Log }): TopicsReader => {
  const admin = createKafka({ ...options, clientId: 'coalmine-topics' }).admin();

  const configsOf = async (names: readonly string[]): Promise<Map<string, Record<string, string>>> => {
    try {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: names.map((name) => ({ type: TOPIC, name })),
      });
      return new Map(
        resources.map(({ resourceName, configEntries }) => [
          resourceName,
          Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
        ]),
      );
    } catch {
      return new Map();
    }
  };

  const recordsOf = async (topic: string): Promise<number> => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  };

  return {
    read: async (names) => {
      await admin.connect();
      const [{ brokers }, all] = await Promise.all([admin.describeCluster(), admin.listTopics()]);
      const present = names.filter((name) => all.includes(name));
      if (present.length === 0) return { brokers: brokers.length, topics: [] };
      const [{ topics }, configs] = await Promise.all([
        admin.fetchTopicMetadata({ topics: present }),
        configsOf(present),
      ]);
      const states = topics.map(async ({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        underReplicated: partitions.filter(({ replicas, isr }) => isr.length < replicas.length).length,
        records: await recordsOf(name),
        config: configs.get(name) ?? null,
      }));
      return { brokers: brokers.length, topics: await Promise.all(states) };
    },
    close: () => admin.disconnect(),
  };
};
