import type { ReadTopic } from '../../schemas/topics.ts';
import type { AssignedPartition, Subscription } from './bus.ts';
import { systemClock } from '../process/clock.ts';
import type { Codec } from './codec.ts';
import { deadLetterHeaders } from './dead-letter.ts';
import { decodeRecords } from './decode-records.ts';
import type { MemoryPartitions } from './memory-partitions.ts';
import { retryForever } from '../process/retry.ts';
import { assignSticky, type TopicPartition } from './sticky-assignment.ts';

type Owned = { at: TopicPartition; revoke(): Promise<void> };
type GroupMember = { id: string; subscriptions: readonly Subscription[]; owned: Owned[] };
export type MemoryGroup = { join(subscriptions: readonly Subscription[]): Promise<{ leave(): Promise<void> }> };

type Shared = {
  codec: Codec;
  partitions: MemoryPartitions;
  committed: Map<string, number>;
  /** Undefined where undecodable records are only skipped. */
  deadLetters: string | undefined;
  batchSize: () => number;
};

const idOf = ({ topic, partition }: TopicPartition): string => `${topic}|${partition}`;

/** One assigned partition's delivery, from its assignment to its revocation. */
const deliver = ({ topic, partition }: TopicPartition, subscription: Subscription, shared: Shared): Owned => {
  const { codec, partitions, committed, deadLetters, batchSize } = shared;
  const { records: log, changed } = partitions.of(topic, partition);
  const revoked = new AbortController();
  const { signal } = revoked;
  let isPaused = false;
  const handle: AssignedPartition = {
    topic,
    partition,
    alive: () => !signal.aborted,
    commit: async (nextOffset) => {
      if (signal.aborted) return false;
      committed.set(idOf({ topic, partition }), nextOffset);
      return true;
    },
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
      changed.notify();
    },
  };
  const insist = <T>(run: () => Promise<T>): Promise<T> =>
    retryForever(run, { clock: systemClock, signal, firstMs: 1, maxMs: 50 });

  const run = async (): Promise<void> => {
    const startAt = await insist(async () => subscription.onAssign?.(handle));
    let position = startAt ?? committed.get(idOf({ topic, partition })) ?? 0;
    while (!signal.aborted) {
      if (isPaused || position >= log.length) {
        await changed.next();
        continue;
      }
      const raw = log.slice(position, position + batchSize());
      const { records, undecodable } = await insist(() => decodeRecords(codec, subscription.topic, raw));
      if (signal.aborted) return;
      for (const { record, reason } of deadLetters === undefined ? [] : undecodable)
        partitions.push(deadLetters ?? '', partition % partitions.count(deadLetters ?? ''), {
          key: record.key,
          value: record.value,
          timestampMs: record.timestampMs,
          headers: deadLetterHeaders({ topic, partition, reason, ...record }),
        });
      if (records.length > 0) await insist(() => subscription.onRecords(handle, records));
      position = (raw.at(-1)?.offset ?? position) + 1;
    }
  };
  const running = run().catch(() => {});
  return {
    at: { topic, partition },
    revoke: async () => {
      revoked.abort();
      changed.notify();
      await running;
      await subscription.onRevoke?.(handle);
    },
  };
};

/** A consumer group in one process: members share the partitions, and hand them over as they come and go. */
export const createMemoryGroup = (shared: Shared): MemoryGroup => {
  let members: GroupMember[] = [];
  let memberCount = 0;
  let rebalances = Promise.resolve();

  const rebalance = async (): Promise<void> => {
    const topics = [...new Set(members.flatMap((member) => member.subscriptions.map(({ topic }) => topic.name)))];
    const all = topics.flatMap((topic) =>
      Array.from({ length: shared.partitions.count(topic) }, (_, partition) => ({ topic, partition })),
    );
    const claims = members.map(({ id, subscriptions, owned }) => ({
      id,
      topics: subscriptions.map(({ topic }) => topic.name),
      owned: owned.map(({ at }) => at),
    }));
    const assigned = assignSticky(claims, all);
    const wanted = (member: GroupMember): TopicPartition[] => assigned.get(member.id) ?? [];
    for (const member of members) {
      const keeps = new Set(wanted(member).map(idOf));
      const lost = member.owned.filter(({ at }) => !keeps.has(idOf(at)));
      member.owned = member.owned.filter(({ at }) => keeps.has(idOf(at)));
      await Promise.all(lost.map((owned) => owned.revoke()));
    }
    for (const member of members) {
      const has = new Set(member.owned.map(({ at }) => idOf(at)));
      for (const at of wanted(member).filter((at) => !has.has(idOf(at)))) {
        const subscription = member.subscriptions.find(({ topic }) => topic.name === at.topic);
        if (subscription) member.owned.push(deliver(at, subscription, shared));
      }
    }
  };
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    rebalances = rebalances.then(change);
    return rebalances;
  };

  return {
    join: async (subscriptions) => {
      memberCount += 1;
      const member: GroupMember = { id: `member-${String(memberCount).padStart(4, '0')}`, subscriptions, owned: [] };
      await inTurn(async () => {
        members.push(member);
        await rebalance();
      });
      return {
        leave: () =>
          inTurn(async () => {
            if (!members.includes(member)) return;
            members = members.filter((other) => other !== member);
            await Promise.all(member.owned.map((owned) => owned.revoke()));
            await rebalance();
          }),
      };
    },
  };
};

/** A tail is a delivery of every partition, without a group. */
export const deliverAll = <T>(
  topic: ReadTopic<T>,
  subscription: Subscription,
  shared: Shared,
): { stop(): Promise<void> } => {
  const owned = Array.from({ length: shared.partitions.count(topic.name) }, (_, partition) =>
    deliver({ topic: topic.name, partition }, subscription, shared),
  );
  return { stop: async () => void (await Promise.all(owned.map((one) => one.revoke()))) };
};
