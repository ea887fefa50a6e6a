import type { Consumer as KafkaConsumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { ConsumeOptions, Consumer, Subscription } from './bus.ts';
import { stickyAssigner } from './kafka-assigner.ts';
import { type Cluster, endFetches, kafkaErrorOf, METADATA_MAX_AGE_MS, PATIENT_RETRY, within } from './kafka-client.ts';
import type { Denials } from './denials.ts';
import type { DeliveryDeps } from './kafka-delivery.ts';
import { createOwnedPartition, type OwnedPartition } from './kafka-partition.ts';
import { committedOffset, offsetAt, type Reader, rawOf, tryReading } from './kafka-reader.ts';
import { createGroupCommits } from './group-commits.ts';
import type { OutageLog } from '../process/outage-log.ts';
import { backoff } from '../process/retry.ts';

/** How long a group waits for a member that died without a word before another takes its partitions. */
const SESSION_TIMEOUT_MS = 10_000;
const REBALANCE_TIMEOUT_MS = 60_000;
const HEARTBEAT_MS = 3_000;
const HEARTBEAT_CHECK_MS = 1_000;
/** How long a fetch waits for records; they are not held up by it. A heartbeat may be late by as much. */
const MAX_WAIT_MS = 1_000;
const CONCURRENT_PARTITIONS = 16;
const STOP_MS = 4_000;
const COMMIT_MS = 1_000;
const STALL_CHECK_MS = 20_000;
const STALL_AFTER_MS = 60_000;

export type ConsumerDeps = DeliveryDeps & { kafka: Kafka; reader: Reader; connection: OutageLog; denials: Denials };

type Session = {
  /** Resolves with the fault when this consumer is of no more use. */
  dead: Promise<unknown>;
  stop(): Promise<void>;
};

const idOf = (topic: string, partition: number): string => `${topic}|${partition}`;

/** kafkajs' consumer in terms of owned partitions. */
const createPartitions = (
  consumer: KafkaConsumer,
  group: string,
  subscriptions: readonly Subscription[],
  deps: ConsumerDeps,
) => {
  const { reader, events } = deps;
  const owned = new Map<string, OwnedPartition>();
  const leaving = new Map<string, Promise<void>>();
  let memberId = '';
  const commits = createGroupCommits((offsets) =>
    consumer.commitOffsets(offsets.map((one) => ({ ...one, offset: String(one.offset) }))),
  );

  const controlOf = (topic: string, partition: number) => {
    const quietly = (run: () => void): void => {
      try {
        run();
      } catch {
        // Between two sessions there is nothing to pause or to seek; the next one starts afresh.
      }
    };
    return {
      commit: (offset: number, isWanted: () => boolean) => commits.add({ topic, partition, offset, isWanted }),
      seek: (offset: number) => quietly(() => consumer.seek({ topic, partition, offset: String(offset) })),
      pauseFetching: () => quietly(() => consumer.pause([{ topic, partitions: [partition] }])),
      resumeFetching: () => quietly(() => consumer.resume([{ topic, partitions: [partition] }])),
      firstOffset: () => reader.use((cluster) => offsetAt(cluster, topic, partition, 'first')),
      defaultOffset: () =>
        reader.use(
          async (cluster) =>
            (await committedOffset(cluster, group, topic, partition)) ?? offsetAt(cluster, topic, partition, 'first'),
        ),
    };
  };
  const revoke = (id: string, partition: OwnedPartition): void => {
    owned.delete(id);
    const gone = partition.revoke().catch((error: unknown) => {
      events.handlerFailed(partition.topic, partition.partition, error);
    });
    leaving.set(id, gone);
  };
  const revokeAll = async (): Promise<void> => {
    await within(COMMIT_MS, commits.flush());
    for (const [id, partition] of owned) revoke(id, partition);
    await Promise.all(leaving.values());
  };
  const assign = (newMemberId: string, assignment: Record<string, number[]>): void => {
    const wanted = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition, id: idOf(topic, partition) })),
    );
    const wantedIds = new Set(wanted.map(({ id }) => id));
    const isSameMember = memberId === newMemberId;
    memberId = newMemberId;
    for (const [id, partition] of owned) if (!isSameMember || !wantedIds.has(id)) revoke(id, partition);
    events.assigned(group, [...wantedIds]);
    for (const { topic, partition, id } of wanted) {
      const known = owned.get(id);
      const subscription = subscriptions.find((one) => one.topic.name === topic);
      if (known) known.continueAfterRebalance();
      else if (subscription) {
        const fresh = createOwnedPartition(topic, partition, subscription, controlOf(topic, partition), deps);
        owned.set(id, fresh);
        fresh.start(leaving.get(id) ?? Promise.resolve());
      }
    }
  };
  return { assign, revokeAll, get: (topic: string, partition: number) => owned.get(idOf(topic, partition)), owned };
};

type Partitions = ReturnType<typeof createPartitions>;

/** Heartbeats while the batch is worked on; gives up on the work when the group rebalances meanwhile. */
const handleBatch = async (
  { batch, resolveOffset, heartbeat, isRunning }: EachBatchPayload,
  partitions: Partitions,
  stopping: AbortSignal,
): Promise<void> => {
  const partition = partitions.get(batch.topic, batch.partition);
  const last = batch.messages.at(-1);
  if (!partition || !last || !isRunning()) return;
  const rebalancing = new AbortController();
  const timer = setInterval(() => {
    heartbeat().catch(() => rebalancing.abort());
  }, HEARTBEAT_CHECK_MS);
  try {
    const isDone = await partition.deliver(
      {
        records: batch.messages.map(rawOf),
        fetchedOffset: Number((batch as typeof batch & { fetchedOffset: string }).fetchedOffset),
        endOffset: Number(batch.highWatermark),
        lastOffset: Number(batch.lastOffset()),
      },
      [rebalancing.signal, stopping],
    );
    if (isDone) resolveOffset(last.offset);
  } finally {
    clearInterval(timer);
  }
};

/** kafkajs can stall with its heartbeats going, so progress is held against the partition's end. */
const findStall = async (partitions: Partitions, deps: ConsumerDeps): Promise<string | undefined> => {
  for (const { topic, partition, waiting } of partitions.owned.values()) {
    const before = waiting();
    if (!before || deps.clock.nowMs() - before.sinceMs < STALL_AFTER_MS) continue;
    const end = await deps.reader.use((cluster) => offsetAt(cluster, topic, partition, 'end'));
    const now = waiting();
    if (now?.offset === before.offset && now.sinceMs === before.sinceMs && end > before.offset)
      return `${topic} ${partition} stands still at ${before.offset} of ${end}`;
  }
  return undefined;
};

const watchForStall = (partitions: Partitions, deps: ConsumerDeps, onStall: (reason: string) => void): NodeJS.Timeout =>
  setInterval(() => {
    findStall(partitions, deps).then(
      (reason) => reason !== undefined && onStall(reason),
      (error: unknown) => deps.connection.failed(error),
    );
  }, STALL_CHECK_MS);

const startSession = async (
  group: string,
  subscriptions: readonly Subscription[],
  options: ConsumeOptions,
  deps: ConsumerDeps,
): Promise<Session> => {
  let partitions: Partitions | undefined;
  let cluster: Cluster | undefined;
  const consumer = deps.kafka.consumer({
    groupId: group,
    partitionAssigners: [
      stickyAssigner(
        () => [...(partitions?.owned.values() ?? [])].map(({ topic, partition }) => ({ topic, partition })),
        (used) => (cluster = used),
      ),
    ],
    sessionTimeout: SESSION_TIMEOUT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1 << 20,
    maxBytes: 8 << 20,
    retry: { ...PATIENT_RETRY, restartOnFailure: async () => false },
  });
  const mine = createPartitions(consumer, group, subscriptions, deps);
  partitions = mine;
  const stopping = new AbortController();
  let die: (fault: unknown) => void = () => {};
  const dead = new Promise<unknown>((resolve) => {
    die = resolve;
  });
  const watchdog = watchForStall(mine, deps, (reason) => die(new Error(reason)));
  const stop = async (): Promise<void> => {
    stopping.abort();
    clearInterval(watchdog);
    await mine.revokeAll();
    const disconnected = consumer.disconnect();
    if (cluster) endFetches(cluster);
    await within(STOP_MS, disconnected);
  };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    deps.connection.recovered();
    deps.denials.worked('join', group);
    mine.assign(payload.memberId, payload.memberAssignment);
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => die(payload.error));
  consumer.on(consumer.events.FETCH, () => {
    for (const { topic } of subscriptions) deps.denials.worked('read', topic.name);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: subscriptions.map(({ topic }) => topic.name), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
      eachBatch: (payload) => handleBatch(payload, mine, stopping.signal),
    });
    return { dead, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/**
 * Whether the group or one of its topics is denied to us, which is then told. Kafka's answer names no topic, so each is
 * tried by itself.
 */
const isDenied = async (
  group: string,
  subscriptions: readonly Subscription[],
  fault: unknown,
  { denials, reader }: ConsumerDeps,
): Promise<boolean> => {
  if (kafkaErrorOf(fault).type !== 'TOPIC_AUTHORIZATION_FAILED') return denials.failed('join', group, fault);
  let isFound = false;
  for (const { topic } of subscriptions)
    try {
      await reader.use((cluster) => tryReading(cluster, topic.name));
      denials.worked('read', topic.name);
    } catch (error) {
      isFound = denials.failed('read', topic.name, error) || isFound;
    }
  return isFound;
};

/**
 * A member of a consumer group that never ends by itself: whatever becomes of kafkajs' consumer (crash, stall, brokers
 * away), another one takes its place.
 */
export const startConsumer = (
  group: string,
  subscriptions: readonly Subscription[],
  options: ConsumeOptions,
  deps: ConsumerDeps,
): Consumer => {
  const { clock, events, connection } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const run = async (): Promise<void> => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const startedAtMs = clock.nowMs();
        const session = await startSession(group, subscriptions, options, deps);
        const fault = await Promise.race([session.dead, stopped]);
        await session.stop();
        if (fault === undefined) return;
        if (!(await isDenied(group, subscriptions, fault, deps))) events.restarted(group, kafkaErrorOf(fault).message);
        if (clock.nowMs() - startedAtMs > STALL_AFTER_MS) attempt = 0;
      } catch (error) {
        if (!(await isDenied(group, subscriptions, error, deps))) connection.failed(error);
      }
      await clock.sleep(backoff(Math.max(1, attempt), { firstMs: 200, maxMs: 5_000 }), signal);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await within(STOP_MS, running);
    },
  };
};
