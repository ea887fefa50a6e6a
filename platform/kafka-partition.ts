import type { AssignedPartition, Subscription } from './bus.ts';
import type { Clock } from './clock.ts';
import type { Codec } from './codec.ts';
import type { DeadLetter } from './dead-letter.ts';
import { decodeRecords, type RawRecord } from './decode-records.ts';
import type { KafkaEvents } from './kafka-events.ts';
import { type OutageLog } from './outage-log.ts';
import { retryForever } from './retry.ts';

/** What a partition needs of the consumer it is assigned to. */
export type PartitionControl = {
  commit(nextOffset: number): Promise<void>;
  seek(offset: number): void;
  pauseFetching(): void;
  resumeFetching(): void;
  /** Where the group is to start: its committed offset, else the first record. */
  defaultOffset(): Promise<number>;
};

export type PartitionDeps = {
  codec: Codec;
  clock: Clock;
  events: KafkaEvents;
  outage: OutageLog;
  park(letter: DeadLetter): Promise<void>;
};

export type FetchedBatch = { records: RawRecord[]; fetchedOffset: number; endOffset: number; lastOffset: number };

/** One partition while it is ours: from its assignment to its revocation, over rebalances that leave it here. */
export type OwnedPartition = {
  topic: string;
  partition: number;
  /** Asks where to start and seeks there; fetching stays paused until then. */
  start(after: Promise<void>): void;
  /** After a rebalance: kafkajs has forgotten where we were. */
  continueAfterRebalance(): void;
  /** True once the batch is dealt with, false if the same must come again. */
  deliver(batch: FetchedBatch, signal: AbortSignal): Promise<boolean>;
  revoke(): Promise<void>;
  /** For the watchdog: where we stand if we ought to be moving, and since when we have not. */
  waiting(): { offset: number; sinceMs: number } | undefined;
};

export const createOwnedPartition = (
  topic: string,
  partition: number,
  subscription: Subscription,
  control: PartitionControl,
  deps: PartitionDeps,
): OwnedPartition => {
  const { codec, clock, events, outage, park } = deps;
  const revoked = new AbortController();
  const alive = (): boolean => !revoked.signal.aborted;
  let isPaused = false;
  let isDelivering = false;
  let position: number | undefined;
  let movedAtMs = clock.nowMs();

  const fetchOrNot = (): void => {
    if (!alive() || position === undefined || isPaused) control.pauseFetching();
    else control.resumeFetching();
  };
  const handle: AssignedPartition = {
    topic,
    partition,
    alive,
    commit: async (nextOffset) => {
      if (!alive()) return false;
      try {
        await control.commit(nextOffset);
      } catch {
        return false;
      }
      return alive();
    },
    pause: () => {
      isPaused = true;
      if (alive()) fetchOrNot();
    },
    resume: () => {
      isPaused = false;
      movedAtMs = clock.nowMs();
      if (alive()) fetchOrNot();
    },
  };

  const findStart = async (): Promise<void> => {
    const wanted = await subscription.onAssign?.(handle);
    const offset = wanted ?? (await control.defaultOffset());
    if (!alive()) return;
    position = offset;
    movedAtMs = clock.nowMs();
    control.seek(offset);
    fetchOrNot();
  };

  /** A batch that does not start where we asked means that the log was cut at one end. */
  const noteJump = ({ fetchedOffset, endOffset }: FetchedBatch): void => {
    if (position === undefined || fetchedOffset === position) return;
    const wasTruncated = endOffset < position;
    if (fetchedOffset < position && !wasTruncated) return;
    events.jumped(topic, partition, position, fetchedOffset);
    position = fetchedOffset;
  };

  const handOver = async (raw: readonly RawRecord[], signal: AbortSignal): Promise<void> => {
    const insist = <T>(run: () => Promise<T>, onRetry: (error: unknown) => void): Promise<T> =>
      retryForever(run, { clock, signal, onRetry });
    const { records, undecodable } = await insist(() => decodeRecords(codec, subscription.topic, raw), outage.failed);
    for (const { record, reason } of undecodable) {
      await insist(() => park({ topic, partition, reason, ...record }), outage.failed);
      events.deadLettered(topic, partition, record.offset, reason);
    }
    outage.recovered();
    if (records.length === 0 || signal.aborted) return;
    await insist(
      () => subscription.onRecords(handle, records),
      (error) => events.handlerFailed(topic, partition, error),
    );
    events.delivered(topic, records.length);
  };

  return {
    topic,
    partition,
    start: (after) => {
      fetchOrNot();
      const { signal } = revoked;
      const begin = async (): Promise<void> => {
        await after;
        await retryForever(findStart, { clock, signal, onRetry: (error) => events.handlerFailed(topic, partition, error) });
      };
      begin().catch(() => {});
    },
    continueAfterRebalance: () => {
      if (position !== undefined) control.seek(position);
      fetchOrNot();
    },
    deliver: async (batch, stop) => {
      if (!alive() || position === undefined) return false;
      noteJump(batch);
      const from = position;
      const raw = batch.records.filter(({ offset }) => offset >= from);
      const signal = AbortSignal.any([revoked.signal, stop]);
      isDelivering = true;
      try {
        if (raw.length > 0) await handOver(raw, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        return false;
      } finally {
        isDelivering = false;
        movedAtMs = clock.nowMs();
      }
      if (!alive()) return false;
      position = Math.max(from, batch.lastOffset + 1);
      return true;
    },
    revoke: async () => {
      if (!alive()) return;
      revoked.abort();
      control.resumeFetching();
      await subscription.onRevoke?.(handle);
    },
    waiting: () =>
      position === undefined || isPaused || isDelivering || !alive() ? undefined : { offset: position, sinceMs: movedAtMs },
  };
};
