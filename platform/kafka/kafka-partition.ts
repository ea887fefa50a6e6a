import type { AssignedPartition, Subscription } from './bus.ts';
import type { RawRecord } from './decode-records.ts';
import { type DeliveryDeps, handOver } from './kafka-delivery.ts';
import { retryForever } from '../process/retry.ts';
import { withEither } from '../process/either-signal.ts';

/** What a partition needs of the consumer it is assigned to. */
export type PartitionControl = {
  /** Rejects if the offset could not be committed, or was no longer to be. */
  commit(nextOffset: number, isWanted: () => boolean): Promise<void>;
  seek(offset: number): void;
  pauseFetching(): void;
  resumeFetching(): void;
  /** Where the group is to start: its committed offset, else the first record. */
  defaultOffset(): Promise<number>;
  /** The first record that the partition still has. */
  firstOffset(): Promise<number>;
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
  deliver(batch: FetchedBatch, stops: readonly AbortSignal[]): Promise<boolean>;
  revoke(): Promise<void>;
  /** For the watchdog: where we stand if we ought to be moving, and since when we have not. */
  waiting(): { offset: number; sinceMs: number } | undefined;
};

export const createOwnedPartition = (
  topic: string,
  partition: number,
  subscription: Subscription,
  control: PartitionControl,
  deps: DeliveryDeps,
): OwnedPartition => {
  const { clock, events } = deps;
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
        await control.commit(nextOffset, alive);
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

  /**
   * A batch that does not start where we asked: kafkajs passed over records that are not for readers (harmless), or the
   * log was cut at one of its ends.
   */
  const noteJump = ({ fetchedOffset, endOffset }: FetchedBatch): void => {
    if (position === undefined || fetchedOffset === position) return;
    const from = position;
    const wasTruncated = endOffset < from;
    if (fetchedOffset < from && !wasTruncated) return;
    position = fetchedOffset;
    if (wasTruncated) events.jumped(topic, partition, from, fetchedOffset);
    else
      control.firstOffset().then(
        (first) => first > from && events.jumped(topic, partition, from, fetchedOffset),
        () => events.jumped(topic, partition, from, fetchedOffset),
      );
  };

  return {
    topic,
    partition,
    start: (after) => {
      fetchOrNot();
      const { signal } = revoked;
      const begin = async (): Promise<void> => {
        await after;
        await retryForever(findStart, {
          clock,
          signal,
          onRetry: (error) => events.handlerFailed(topic, partition, error),
        });
      };
      begin().catch(() => {});
    },
    continueAfterRebalance: () => {
      if (position !== undefined) control.seek(position);
      fetchOrNot();
    },
    deliver: async (batch, stops) => {
      if (!alive() || position === undefined) return false;
      noteJump(batch);
      const from = position;
      const raw = batch.records.filter(({ offset }) => offset >= from);
      const signals = [revoked.signal, ...stops];
      isDelivering = true;
      try {
        if (raw.length > 0) await withEither(signals, (signal) => handOver(handle, subscription, raw, signal, deps));
      } catch (error) {
        if (!signals.some(({ aborted }) => aborted)) throw error;
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
      position === undefined || isPaused || isDelivering || !alive()
        ? undefined
        : { offset: position, sinceMs: movedAtMs },
  };
};
