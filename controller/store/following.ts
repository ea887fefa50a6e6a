import type { Bus, Consumer, Incoming } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { Stamped } from '../../schemas/envelope.ts';
import { EXCHANGES, FEEDBACK, type ReadTopic, SCORES, WINDOWS } from '../../schemas/topics.ts';
import { FOLDED_SHADOWS } from './folded-shadow.ts';
import type { StoreEvents } from './store-events.ts';
import type { FoldEvent, ReadTo, StoreWriter } from './store-writer.ts';

/**
 * What comes within this is folded at once: a tail answers as soon as there is a record, and a transaction for each costs more than the rows
 * in it. No page needs it sooner.
 */
const GATHER_MS = 250;
const PRUNE_EVERY_MS = 10_000;

/** The store was folded from other topics than these. */
export class OtherLogError extends Error {
  override name = 'OtherLogError';

  constructor(topicName: string) {
    super(`the store was folded from another log than this ${topicName}`);
  }
}

type Deps = {
  bus: Bus;
  clock: Clock;
  writer: StoreWriter;
  events: StoreEvents;
  /** Told of every error; whether the file itself is at fault is for the caller to see. */
  onError: (error: unknown) => void;
};

/** How long rows are kept, and how much they may take. */
export type StoreBounds = { maxAgeMs: number; maxBytes: number };

/** Follows the topics from where the store has read them, and keeps it within its bounds, until it is stopped. */
export const followTopics = (deps: Deps, { maxAgeMs, maxBytes }: StoreBounds): { stop(): Promise<void> } => {
  const { bus, clock, writer, events, onError } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const offsets = writer.offsets();
  const consumers: Consumer[] = [];
  const sinceMs = (): number => clock.nowMs() - maxAgeMs;

  /** The partition's first record that is there from an offset on; null at its end. */
  const recordFrom = async (topic: ReadTopic<unknown>, partition: number, offset: number) => {
    let found: Incoming<unknown> | null = null;
    const ending = new Error('found');
    await bus
      .readToEnd(topic, partition, offset, (record) => {
        found = record;
        throw ending;
      })
      .catch((error: unknown) => {
        if (error !== ending) throw error;
      });
    return found as Incoming<unknown> | null;
  };

  /** The record that was folded last must be there with its time, unless the topic keeps it no longer: else it is the log of another Kafka. */
  const checkLog = async (topic: ReadTopic<unknown>, partition: number, { next, lastMs }: ReadTo): Promise<void> => {
    const last = await recordFrom(topic, partition, next - 1);
    if (last === null || (last.offset === next - 1 && last.timestampMs !== lastMs)) throw new OtherLogError(topic.name);
  };

  /** Where it was read to; at first, past what is too old: a topic may keep it for months. */
  const startOf = async (topic: ReadTopic<unknown>): Promise<Map<number, number>> => {
    const starts = new Map<number, number>();
    for (let partition = 0, count = await bus.partitionCount(topic); partition < count; partition += 1) {
      const known = offsets.get(topic.name)?.get(partition);
      if (known !== undefined) await checkLog(topic, partition, known);
      starts.set(partition, known?.next ?? (await bus.offsetSince(topic, partition, Math.max(0, sinceMs()))));
    }
    return starts;
  };

  const follow = async <E>(topic: ReadTopic<Stamped<E, unknown>>, fold: FoldEvent<E>): Promise<void> => {
    const take = async (partition: number, records: readonly Incoming<Stamped<E, unknown>>[]): Promise<void> => {
      if (signal.aborted) return;
      try {
        const folded = writer.take({ topic: topic.name, partition, records }, fold, sinceMs());
        events.folded(topic.name, folded, records.at(-1)?.value.timeMs ?? 0);
      } catch (error) {
        events.foldFailed(topic.name, error);
        onError(error);
        throw error;
      }
      await clock.sleep(GATHER_MS, signal);
    };
    const from = await startOf(topic);
    if (!signal.aborted) consumers.push(await bus.tail(topic, take, from));
  };

  const prune = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        // Between two deletes others have their turn.
        while (!signal.aborted && writer.prune(sinceMs(), maxBytes)) await clock.sleep(1, signal);
        events.size(writer.usedBytes());
      } catch (error) {
        events.pruneFailed(error);
        onError(error);
      }
      await clock.sleep(PRUNE_EVERY_MS, signal);
    }
  };

  const { folds } = writer;
  const running = [
    follow(EXCHANGES, folds.exchange),
    follow(FOLDED_SHADOWS, folds.shadow),
    follow(SCORES, folds.sheet),
    follow(FEEDBACK, folds.feedback),
    follow(WINDOWS, folds.window),
  ];
  for (const one of running) one.catch((error: unknown) => signal.aborted || onError(error));
  const pruning = prune();
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([...consumers.map((consumer) => consumer.stop()), pruning]);
    },
  };
};
