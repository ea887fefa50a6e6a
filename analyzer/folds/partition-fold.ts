import type { Progress, Stamped, Tick } from '../../schemas/envelope.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import { MAX_SHEET_ROWS, type PartialRecord } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { boundsOf, emptyIdMemory, forgottenBeforeMs, type IdMemory, passTime, remember } from './id-memory.ts';
import type { Contribution } from '../rows/contribution.ts';
import type { Input } from '../rows/inputs.ts';
import { takesPlace } from './places.ts';
import { closeWindows, emptyWindows, openRow, type OpenWindows, placeOf, takeObserved } from './open-windows.ts';
import { countOutcome, noRecords, type Outcome, type RecordCounts } from './record-counts.ts';
import { seeSequence, settleSequence } from './sequence-gaps.ts';
import { addAccepted } from './stats.ts';
import {
  armGains,
  emptySources,
  sourceAhead,
  sourceSeen,
  type Source,
  type SourceNote,
  type Sources,
  streamTimeMs,
  sourceStopped,
  tickSource,
} from './sources.ts';

/** Change it with every change of what the fold computes: old snapshots then count as foreign and the log is read anew. */
export const FOLD_VERSION = 15;

/** A record this far ahead of the closed windows comes from a wrong clock; it opens no window. */
export const MAX_AHEAD_MS = 2 * 3_600_000;

/**
 * What a record's time may be ahead of its Kafka timestamp. Writers' own times never are (`platform/consume/partition-writer.ts`);
 * the rest is for a clock that was set back a little between the two.
 */
const MAX_UNVOUCHED_MS = 300_000;

/** What the first fold is told beside the log. Other values make other windows, so they are part of a snapshot. */
export type FoldParams<E> = {
  input: Input<E>;
  partition: number;
  /** Partitions of the input topic and of the partials. */
  partitions: number;
  outPartitions: number;
  outPartitionOf: (agent: string) => number;
  windowMs: number;
  graceMs: number;
};

/** The state after every record before `offset`. It has one owner and is changed in place. */
export type PartitionState = {
  offset: number;
  /** True if the log was cut before we read it, or a source was forgotten: then a new source may have a past. */
  incomplete: boolean;
  closedThroughMs: number;
  /** The latest Kafka timestamp so far. */
  logMs: number;
  /** By partition of the partials, the number of the last one. */
  sequences: number[];
  counts: RecordCounts;
  sources: Sources;
  ids: IdMemory;
  windows: OpenWindows;
};

export type Output<R> = { partition: number; record: R };
export type FoldNote = SourceNote | { fact: 'lost'; source: string; count: number };
export type Step<R> = { outputs: Output<R>[]; notes: FoldNote[] };

export const initialState = (outPartitions: number, rememberMs: number): PartitionState => ({
  offset: 0,
  incomplete: false,
  closedThroughMs: 0,
  logMs: 0,
  sequences: Array.from({ length: outPartitions }, () => 0),
  counts: noRecords(),
  sources: emptySources(),
  ids: emptyIdMemory(boundsOf(rememberMs)),
  windows: emptyWindows(),
});

const windowStart = (timeMs: number, windowMs: number): number => Math.floor(timeMs / windowMs) * windowMs;

const isFarFuture = (state: PartitionState, timeMs: number): boolean =>
  state.closedThroughMs > 0 && timeMs > state.closedThroughMs + MAX_AHEAD_MS;

/**
 * How far ahead a record's time is of the Kafka timestamp that it came with; where it has none (the brokers refused the one of
 * a wrong clock), of the latest that came before it. The brokers take no timestamp that is far ahead of their own clocks
 * (`message.timestamp.after.max.ms`), so what is far ahead of that has a clock's word alone: one such tick would close all
 * windows up to then, for good.
 */
const aheadOfLogMs = (state: PartitionState, timeMs: number, timestampMs: number): number =>
  timeMs - (timestampMs < 0 ? state.logMs : timestampMs);

/** An event or a tick of a clock far ahead is left out, but for its number: it must not count as lost as well. */
const leaveOut = <E>(
  state: PartitionState,
  record: Stamped<E, Tick>,
  unseenThrough: number,
  byMs: number,
  notes: FoldNote[],
): void => {
  const source = sourceAhead(state.sources, record.source, unseenThrough, byMs, notes);
  if (state.sources.forgotten > 0) state.incomplete = true;
  if (record.event !== null && record.sequence > 0 && seeSequence(source.seen, record.sequence) === 'found')
    state.counts.lost -= 1;
  countOutcome(state.counts, { invalid: 'far_future' });
};

/** Adds what an event says to its windows. What another event said before, where only the first counts, is left out. */
const foldDescribed = <E>(
  { onceOf }: Input<E>,
  state: PartitionState,
  described: readonly Contribution[],
  startMs: number,
): Outcome => {
  let [folded, repeated, all] = [0, 0, 0];
  let refused: 'invalid_value' | 'too_many_rows' | undefined;
  for (const contribution of described) {
    const place = placeOf(state.windows, contribution, startMs);
    for (const observed of contribution.observed) {
      all += 1;
      const once = onceOf?.(contribution.exchangeId, observed.metric) ?? null;
      if (once !== null && !takesPlace(state.ids, once, observed.several)) {
        repeated += 1;
        continue;
      }
      const taken = takeObserved(state.windows, place, observed);
      if (taken === 'folded') folded += 1;
      else refused = taken;
      if (taken === 'invalid_value') state.counts.invalidValues += 1;
    }
  }
  if (repeated > 0 && repeated === all) return 'duplicates';
  return folded === 0 && refused ? { invalid: refused } : 'folded';
};

const takeEvent = <E>(
  params: FoldParams<E>,
  state: PartitionState,
  source: Source,
  record: Stamped<E, Tick>,
  event: E,
): Outcome => {
  const { input, windowMs } = params;
  if (record.sequence < 1) return { invalid: 'no_sequence' };
  const seen = seeSequence(source.seen, record.sequence);
  if (seen === 'found') state.counts.lost -= 1;
  if (seen === 'again' && input.dedupBySequence) return 'duplicates';
  if (input.idOf !== null && !remember(state.ids, input.idOf(event))) return 'duplicates';
  if (record.timeMs < state.closedThroughMs) return 'late';
  if (isFarFuture(state, record.timeMs)) return { invalid: 'far_future' };
  const described = input.describe(event);
  if (typeof described === 'string') return { ignored: described };
  if (input.toldSinceMs && input.toldSinceMs(event) < forgottenBeforeMs(state.ids)) return { ignored: 'too_late' };
  return foldDescribed(input, state, described, windowStart(record.timeMs, windowMs));
};

/**
 * Rows of `accepted`, from the counters of the exchanges' ticks. Ticks stand in every partition, so partition 0 alone
 * makes them. A tick's gain covers what finished since the tick before it; all of it goes to the window of the moment
 * before the tick, so one tick's worth may stand a window too late, and sums over windows agree. What belongs to a window
 * already closed goes to the first open one: missing telemetry must not shorten the number it is held against.
 */
const takeArms = <E>(
  params: FoldParams<E>,
  state: PartitionState,
  source: Source,
  tick: Tick,
  timeMs: number,
  isFirst: boolean,
): void => {
  if (params.input.topic.name !== EXCHANGES.name || params.partition !== 0 || isFarFuture(state, timeMs)) return;
  const gains = armGains(source, tick.arms, timeMs);
  if (isFirst && source.seen.unknownThrough > 0) return;
  const startMs = Math.max(windowStart(Math.max(0, timeMs - 1), params.windowMs), state.closedThroughMs);
  for (const { agent, rollout, routingSequence, version, arm, accepted, dropped } of gains) {
    const key = { agent, rollout, routingSequence, version, arm, kind: 'live', metric: 'accepted' } as const;
    const row = openRow(state.windows, { ...key, slice: ALL, startMs });
    if (row) addAccepted(row, accepted, dropped);
  }
};

const close = <E>(params: FoldParams<E>, state: PartitionState, outputs: Output<PartialRecord>[]): void => {
  const streamMs = streamTimeMs(state.sources);
  if (streamMs === undefined) return;
  passTime(state.ids, streamMs);
  const boundaryMs = windowStart(Math.max(0, streamMs - params.graceMs), params.windowMs);
  if (boundaryMs <= state.closedThroughMs) return;
  state.closedThroughMs = boundaryMs;
  const sourceTopic = params.input.topic.name;
  const sourcePartition = params.partition;
  const source = `analyzer|${sourceTopic}|${sourcePartition}`;
  for (const { rows, ...arm } of closeWindows(state.windows, boundaryMs)) {
    const partition = params.outPartitionOf(arm.agent);
    const endMs = arm.startMs + params.windowMs;
    for (let at = 0; at < rows.length; at += MAX_SHEET_ROWS) {
      const sequence = (state.sequences[partition] ?? 0) + 1;
      state.sequences[partition] = sequence;
      const sheet = { ...arm, endMs, sourceTopic, sourcePartition, rows: rows.slice(at, at + MAX_SHEET_ROWS) };
      outputs.push({ partition, record: { source, sequence, timeMs: endMs, event: sheet, tick: null } });
    }
  }
  const tick: Progress = {
    sourceTopic,
    sourcePartition,
    sourcePartitions: params.partitions,
    closedThroughMs: boundaryMs,
  };
  state.sequences.forEach((sequence, partition) =>
    outputs.push({ partition, record: { source, sequence, timeMs: boundaryMs, event: null, tick } }),
  );
};

const takeTick = <E>(
  params: FoldParams<E>,
  state: PartitionState,
  source: Source,
  record: Stamped<E, Tick>,
  tick: Tick,
  step: Step<PartialRecord>,
): void => {
  const isFirst = source.throughMs === null;
  const lost = settleSequence(source.seen, record.sequence);
  if (lost > 0) step.notes.push({ fact: 'lost', source: source.name, count: lost });
  state.counts.lost += lost;
  takeArms(params, state, source, tick, record.timeMs, isFirst);
  tickSource(state.sources, source, record.timeMs, step.notes);
  close(params, state, step.outputs);
  sourceStopped(source, tick, step.notes);
};

/**
 * Folds the record at `offset` into the state; only records and their ticks move it, so reading the log from its first
 * record gives the same outputs again, byte for byte. Returns what closed with it, to be appended in order: partials by
 * window start and arm, then how far the windows are closed, to every partition.
 * @param timestampMs the record's in Kafka; -1 where it has none.
 */
export const foldRecord = <E>(
  params: FoldParams<E>,
  state: PartitionState,
  offset: number,
  record: Stamped<E, Tick>,
  timestampMs: number = record.timeMs,
): Step<PartialRecord> => {
  const step: Step<PartialRecord> = { outputs: [], notes: [] };
  if (offset < state.offset) return step;
  if (offset > state.offset) {
    state.counts.skippedOffsets += offset - state.offset;
    if (state.counts.consumed === 0) state.incomplete = true;
  }
  state.offset = offset + 1;
  state.counts.consumed += 1;
  const { event, tick } = record;
  if ((event === null) === (tick === null)) {
    countOutcome(state.counts, { invalid: 'neither_event_nor_tick' });
    return step;
  }
  const unseenThrough = state.incomplete ? Math.max(0, record.sequence - (event === null ? 0 : 1)) : 0;
  state.logMs = Math.max(state.logMs, timestampMs);
  const byMs = aheadOfLogMs(state, record.timeMs, timestampMs);
  if (byMs > MAX_UNVOUCHED_MS) {
    leaveOut(state, record, unseenThrough, byMs, step.notes);
    return step;
  }
  const source = sourceSeen(state.sources, record.source, unseenThrough, step.notes);
  if (state.sources.forgotten > 0) state.incomplete = true;
  if (event !== null) countOutcome(state.counts, takeEvent(params, state, source, record, event));
  if (tick !== null) {
    takeTick(params, state, source, record, tick, step);
    countOutcome(state.counts, 'ticks');
  }
  return step;
};
