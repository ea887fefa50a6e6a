import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Feedback } from '../../schemas/feedback.ts';
import type { Exchange, ExchangeRecord } from '../../schemas/exchange.ts';
import type { FeedbackRecord } from '../../schemas/feedback.ts';
import { EXCHANGES, FEEDBACK } from '../../schemas/topics.ts';
import { RefusedRecordError } from '../../platform/kafka/bus.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { Log } from '../../platform/process/log.ts';
import { createStampedWriter } from '../../platform/consume/stamped-writer.ts';
import { createTickPace } from '../../platform/consume/tick-pace.ts';
import { alongWith } from './journal-floor.ts';
import { afterBatch, eventOf, tooDearIn } from './publishing.ts';
import type { Checkpoint, JournalBatch, Position, Publishable } from './publishing.ts';
import type { JournalRecord } from '../exchange/journal-record.ts';
import type { PublisherEvents } from './publisher-events.ts';

/** After something went wrong. */
const TRY_AGAIN_MS = 25;
/** Told of each write at once, the publisher looks by itself as well, should it ever miss one. */
const LOOK_EVERY_MS = 1_000;

export type PublisherDeps = {
  bus: Bus;
  clock: Clock;
  log: Log;
  events: PublisherEvents;
  /** The last time that nothing may still be journalled under; see the journal's floor. */
  settledMs: () => number;
  /** Another number whenever the journal may have grown. */
  writesSoFar: () => bigint;
  /** Resolves when `writesSoFar` is another, after so long at the latest, and at once when the signal aborts. */
  untilWritten: (writes: bigint, withinMs: number, signal: AbortSignal) => Promise<void>;
  readBatch: (from: Position) => Promise<JournalBatch>;
  deleteBefore: (position: Position) => Promise<void>;
  backlogBytes: (from: Position) => number;
  loadCheckpoint: (onLost: (reason: string) => void) => Checkpoint;
  saveCheckpoint: (checkpoint: Checkpoint) => void;
  tickEveryMs?: number;
};

/** `stalledMs`: since the journal was last read to its end, or a batch of it was in the topics. */
type PublisherStanding = { backlogBytes: number; lagMs: number; stalledMs: number };

export type Publisher = {
  stop: (deadlineMs: number) => Promise<void>;
  checkpoint: () => Checkpoint;
  /** To be asked at any time: it does not wait for what the publisher waits for. */
  standing: () => PublisherStanding;
};

type Writers = Awaited<ReturnType<typeof createWriters>>;

const createWriters = async (deps: PublisherDeps, checkpoint: () => Checkpoint) => {
  const { bus, clock, log, tickEveryMs } = deps;
  const { source, exchangeSequences, feedbackSequences } = checkpoint();
  const shared = { bus, clock, log, source, pace: createTickPace(clock, tickEveryMs) };
  const exchanges = await createStampedWriter<Exchange, ExchangeRecord>({
    ...shared,
    topic: EXCHANGES,
    sequences: exchangeSequences,
    tick: () => ({
      timeMs: checkpoint().throughMs,
      tick: { counters: checkpoint().exchanges, arms: checkpoint().arms, share: null },
    }),
  });
  const feedback = await createStampedWriter<Feedback, FeedbackRecord>({
    ...shared,
    topic: FEEDBACK,
    sequences: feedbackSequences,
    tick: () => ({ timeMs: checkpoint().throughMs, tick: { counters: checkpoint().feedback, arms: [], share: null } }),
  });
  return { exchanges, feedback };
};

const safeEventOf = (record: JournalRecord, nowMs: number, onFault: (error: unknown) => void): Publishable | null => {
  try {
    return eventOf(record, nowMs);
  } catch (error) {
    onFault(error);
    return null;
  }
};

/** Ticks, and what Kafka answers, wait no longer than what so much takes to be redacted. */
const TURN_BYTES = 262_144;
const TURN_RECORDS = 50;

/**
 * Writes a batch's events in journal order. Resolves with those that no topic takes once the rest is in the topics. Redaction is
 * most of the work, and dear where somebody means it to be: the thread's other work gets its turns meanwhile.
 */
const publishBatch = async (
  batch: JournalBatch,
  writers: Writers,
  { events, clock }: Pick<PublisherDeps, 'events' | 'clock'>,
): Promise<ReadonlySet<JournalRecord>> => {
  const refused = new Set<JournalRecord>();
  const publish = async (record: JournalRecord): Promise<void> => {
    const refuse = (error: unknown): void => {
      refused.add(record);
      events.refused(record.kind, error);
    };
    const publishable = safeEventOf(record, clock.nowMs(), refuse);
    if (publishable === null) return;
    const { topic, timeMs } = publishable;
    if (topic === 'exchanges') events.tooDear(tooDearIn(publishable.event));
    try {
      if (topic === 'exchanges') await writers.exchanges.write(publishable.event, timeMs);
      else await writers.feedback.write(publishable.event, timeMs);
      events.published(topic, 1);
    } catch (error) {
      if (!(error instanceof RefusedRecordError)) throw error;
      refuse(error);
    }
  };
  const writes: Promise<void>[] = [];
  let [turnBytes, turnRecords] = [0, 0];
  for (const record of batch.records) {
    const write = publish(record);
    // Awaited together below: one that fails in the meantime is not unhandled.
    write.catch(() => {});
    writes.push(write);
    turnBytes += record.kind === 'exchange' ? record.bodies[0].length + record.bodies[1].length : 0;
    turnRecords += 1;
    if (turnBytes < TURN_BYTES && turnRecords < TURN_RECORDS) continue;
    [turnBytes, turnRecords] = [0, 0];
    await nextTurn();
  }
  await Promise.all(writes);
  return refused;
};

/**
 * Takes the journal to Kafka: batch by batch, in order, with a checkpoint after each. A batch that was published but not
 * checkpointed is published again after a restart under the same source and numbers, so that readers drop the repeat.
 * Waits for Kafka for as long as it takes.
 */
export const startPublisher = async (deps: PublisherDeps): Promise<Publisher> => {
  const { clock, events } = deps;
  let checkpoint = deps.loadCheckpoint(events.identityLost);
  const first = deps.settledMs();
  const [firstRecord] = (await deps.readBatch(checkpoint)).records;
  const throughMs = alongWith(checkpoint.throughMs, Math.min(first, firstRecord ? firstRecord.timeMs - 1 : first));
  checkpoint = { ...checkpoint, throughMs };
  let movedAtMs = clock.nowMs();
  let backlogBytes = 0;
  const stopping = new AbortController();
  const givenUp = new AbortController();

  const save = async (): Promise<void> => {
    try {
      deps.saveCheckpoint(checkpoint);
      // Never beyond what is saved: a restart would number what follows anew.
      await deps.deleteBefore(checkpoint);
      events.troubleOver();
    } catch (error) {
      events.trouble('checkpoint', error);
    }
  };

  /** How many writes the journal had seen when it was looked at last, and when all of it had been read. */
  let seenWrites: bigint | null = null;
  let readAfterWrites: bigint | null = null;
  /** Where all of the journal is published, its time goes on with the clock, and comes back with it. */
  const settle = (): Checkpoint => {
    const settledMs = deps.settledMs();
    if (deps.writesSoFar() === readAfterWrites)
      checkpoint = { ...checkpoint, throughMs: alongWith(checkpoint.throughMs, settledMs) };
    return checkpoint;
  };
  const writers = await createWriters(deps, settle);

  /** False if there was nothing to do. */
  const step = async (): Promise<boolean> => {
    seenWrites = deps.writesSoFar();
    const batch = await deps.readBatch(checkpoint);
    const { end, records, corruptRecords, lostBytes } = batch;
    const isSame = end.segment === checkpoint.segment && end.offset === checkpoint.offset;
    if (records.length === 0 && isSame) {
      if (batch.atEnd) readAfterWrites = seenWrites;
      settle();
      movedAtMs = clock.nowMs();
      return false;
    }
    if (corruptRecords + lostBytes > 0) events.unreadable(checkpoint.segment, corruptRecords, lostBytes);
    const refused = await publishBatch(batch, writers, deps);
    const exchangeSequences = writers.exchanges.sequences();
    const feedbackSequences = writers.feedback.sequences();
    checkpoint = afterBatch(checkpoint, batch, refused, { exchangeSequences, feedbackSequences }, clock.nowMs());
    movedAtMs = clock.nowMs();
    await save();
    return true;
  };

  const standing = (): PublisherStanding => {
    const nowMs = clock.nowMs();
    // Of a clock that was set back nothing else would be known until it is as late again.
    movedAtMs = Math.min(movedAtMs, nowMs);
    const stalledMs = nowMs - movedAtMs;
    const lagMs = Math.max(nowMs - settle().throughMs, stalledMs);
    try {
      backlogBytes = deps.backlogBytes(checkpoint);
    } catch {
      // A disk that can't be read is reported by the step that trips over it; what was known last stays.
    }
    return { backlogBytes, lagMs, stalledMs };
  };

  const run = async (): Promise<void> => {
    while (!givenUp.signal.aborted) {
      const isStopping = stopping.signal.aborted;
      try {
        if (await step()) continue;
      } catch (error) {
        if (givenUp.signal.aborted) return;
        events.trouble('journal', error);
        if (isStopping) return;
        await clock.sleep(TRY_AGAIN_MS, stopping.signal);
        continue;
      }
      if (isStopping) return;
      await deps.untilWritten(seenWrites ?? 0n, LOOK_EVERY_MS, stopping.signal);
    }
  };
  const running = run();

  return {
    checkpoint: () => checkpoint,
    standing,
    stop: async (deadlineMs) => {
      const startMs = clock.nowMs();
      stopping.abort();
      const deadline = new AbortController();
      await Promise.race([running, clock.sleep(deadlineMs, deadline.signal)]);
      deadline.abort();
      givenUp.abort();
      const restMs = Math.max(100, deadlineMs - (clock.nowMs() - startMs));
      await Promise.all([writers.exchanges.stop(restMs), writers.feedback.stop(restMs)]);
      await running;
    },
  };
};
