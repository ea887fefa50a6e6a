import { z } from 'zod';
import { avroOf } from '../schemas/avro.ts';
import {
  DEAD_LETTER_PARTITIONS,
  DEAD_LETTER_RETENTION_MS,
  deadLetterTopic,
  GROUPS,
  TOPICS,
} from '../schemas/topics.ts';
import { systemClock } from '../platform/process/clock.ts';
import { option, readOptions } from '../platform/process/options.ts';
import { readTopicsAccess } from '../platform/process/parts-access.ts';
import type { KafkaAccess, RegistryAccess } from '../platform/process/parts-security.ts';
import { createKafka } from '../platform/kafka/kafka-client.ts';
import { silentLog } from '../platform/process/log.ts';
import { maxBatchBytes } from '../platform/kafka/record-size.ts';
import { retryForever } from '../platform/process/retry.ts';
import { createHttpRegistry, type SchemaRegistry, subjectOf } from '../platform/kafka/schema-registry.ts';

const SEGMENT_MS = 600_000;
const MIN_CLEANABLE_RATIO = 0.1;
const REGISTER_TRIES = 6;

type TopicPlan = { name: string; partitions: number; cleanup: string; retentionMs: number };

/** Every topic there is: those with a schema, and a dead-letter topic for each consumer group. */
export const topicPlans = (): TopicPlan[] => [
  ...TOPICS,
  ...Object.values(GROUPS).map((group) => ({
    name: deadLetterTopic(group),
    partitions: DEAD_LETTER_PARTITIONS,
    cleanup: 'delete',
    retentionMs: DEAD_LETTER_RETENTION_MS,
  })),
];

/**
 * What brokers take of a writer's clock that runs ahead of theirs. It bounds what a wrong clock can do to windows, and is the
 * default since Kafka 4.0 (KIP-1030); before, any time was taken.
 */
const TIMESTAMP_AHEAD_MS = 3_600_000;

/** A topic's settings. zstd is what brokers store, so that no reader meets a codec it does not know. */
export const topicConfig = (plan: TopicPlan, replication: number): Record<string, string> => ({
  'cleanup.policy': plan.cleanup,
  'retention.ms': String(plan.retentionMs),
  'min.insync.replicas': String(replication >= 3 ? replication - 1 : 1),
  'unclean.leader.election.enable': 'false',
  'max.message.bytes': String(maxBatchBytes(plan.name)),
  'compression.type': 'zstd',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.after.max.ms': String(TIMESTAMP_AHEAD_MS),
  ...(plan.cleanup.includes('compact')
    ? { 'segment.ms': String(SEGMENT_MS), 'min.cleanable.dirty.ratio': String(MIN_CLEANABLE_RATIO) }
    : {}),
});

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

const makeMissing = async (admin: Admin, plans: readonly TopicPlan[], replication: number): Promise<string[]> => {
  const existing = new Set(await admin.listTopics());
  const missing = plans.filter(({ name }) => !existing.has(name));
  if (missing.length > 0)
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map((plan) => ({
        topic: plan.name,
        numPartitions: plan.partitions,
        replicationFactor: replication,
        configEntries: Object.entries(topicConfig(plan, replication)).map(([name, value]) => ({ name, value })),
      })),
    });
  return missing.map(({ name }) => name);
};

/** Keys choose partitions by their count, so a count that differs is an operator's decision, never this program's. */
const refuseOtherCounts = async (admin: Admin, plans: readonly TopicPlan[]): Promise<void> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: plans.map(({ name }) => name) });
  const found = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  const wrong = plans.filter(({ name, partitions }) => found.get(name) !== partitions);
  if (wrong.length === 0) return;
  const list = wrong.map(({ name, partitions }) => `${name} has ${found.get(name)} partitions, not ${partitions}`);
  throw new Error(
    `${list.join('; ')}. Changing a count moves keys to other partitions and parts windows from their data: set the ` +
      'count in schemas/topics.ts to what is there, or drain the topic and make it anew.',
  );
};

/** Services that start at the same moment register the same subjects; a registry refuses one of two, for that moment. */
const register = async (registry: SchemaRegistry, { name, schema }: (typeof TOPICS)[number]): Promise<void> => {
  let failures = 0;
  await retryForever(() => registry.register(subjectOf(name), avroOf(schema, name)), {
    clock: systemClock,
    isRetriable: () => ++failures < REGISTER_TRIES,
  });
};

/**
 * Makes the topics that are missing, checks the partition counts of those that are there, and registers every schema
 * (BACKWARD_TRANSITIVE). Safe to run again; it changes nothing that exists. Rejects with a line that says what to do.
 */
export const createTopics = async (
  { replication, ...access }: KafkaAccess & RegistryAccess & { replication: number },
  plans: readonly TopicPlan[] = topicPlans(),
): Promise<{ created: string[]; schemas: number }> => {
  const admin = createKafka({ ...access, clientId: 'coalmine-create-topics', log: silentLog }).admin();
  try {
    await admin.connect();
  } catch (error) {
    throw new Error(`can't reach Kafka at ${access.brokers.join(',')}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const created = await makeMissing(admin, plans, replication);
    await refuseOtherCounts(admin, plans);
    const registry = createHttpRegistry(access, systemClock);
    for (const topic of TOPICS) await register(registry, topic);
    return { created, schemas: TOPICS.length };
  } finally {
    await admin.disconnect();
  }
};

if (import.meta.main) {
  const OPTIONS = {
    replication: option(
      'TOPIC_REPLICATION',
      z.coerce.number().int().min(1).default(1),
      'copies of each partition: 3 on a real cluster',
    ),
  };
  try {
    const { created, schemas } = await createTopics({
      ...readTopicsAccess(process.env),
      ...readOptions(OPTIONS, process.env),
    });
    console.log(
      `${created.length} topics created${created.length > 0 ? `: ${created.join(', ')}` : ''}; ${schemas} schemas registered`,
    );
  } catch (error) {
    console.error(`create-topics: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
