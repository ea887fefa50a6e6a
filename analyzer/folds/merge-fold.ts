import type { Progress } from '../../schemas/envelope.ts';
import {
  type PartialRecord,
  type PartialSheet,
  windowKeyText,
  type WindowRecord,
  type WindowRow,
} from '../../schemas/window.ts';
import { mergeStats } from './stats.ts';

/** Change it with every change of what the merge computes. */
export const MERGE_VERSION = 3;

/** Partials that may wait at once; they wait while one input partition lags behind the others. */
export const MAX_OPEN_CELLS = 200_000;

/** What the merge is told beside the log. */
export type MergeParams = { partition: number; partitions: number };

/** How far one input topic has come. Its rows have a numbering of their own, because topics close independently. */
export type TopicProgress = {
  partitions: number;
  closedThroughMs: number;
  byPartition: number[];
  sequence: number;
  /** The newest time told by any partition; the partition count told with it holds. */
  newestMs: number;
};

/** One input partition's share of a window. */
export type Partial = WindowRow & { sourcePartition: number };

/** Of sheets the rows are counted. */
export type MergeCounts = {
  consumed: number;
  folded: number;
  duplicates: number;
  ticks: number;
  invalid: number;
  skippedOffsets: number;
};

type Cells = Map<number, Partial>;
type CellsByKey = Map<string, Cells>;
/** Partials by window start, then by key text, then by input partition. */
type CellsByStart = Map<number, CellsByKey>;

export type MergeState = {
  offset: number;
  topics: Map<string, TopicProgress>;
  /** What waits, by topic. */
  cells: Map<string, CellsByStart>;
  openCells: number;
  counts: MergeCounts;
};

export const initialMerge = (): MergeState => ({
  offset: 0,
  topics: new Map(),
  cells: new Map(),
  openCells: 0,
  counts: { consumed: 0, folded: 0, duplicates: 0, ticks: 0, invalid: 0, skippedOffsets: 0 },
});

/** The conservation law of the merge; anything but 0 is a defect. */
export const unaccountedPartials = (c: MergeCounts): number =>
  c.consumed - c.folded - c.duplicates - c.ticks - c.invalid;

const topicOf = (state: MergeState, name: string): TopicProgress => {
  let topic = state.topics.get(name);
  if (!topic) {
    topic = { partitions: 0, closedThroughMs: 0, byPartition: [], sequence: 0, newestMs: 0 };
    state.topics.set(name, topic);
  }
  return topic;
};

const childOf = <K, C>(map: Map<K, C>, key: K, make: () => C): C => {
  const child = map.get(key) ?? make();
  map.set(key, child);
  return child;
};

type PartialOutcome = 'folded' | 'duplicates' | 'invalid';

/** A repeated partial takes its own place again; of a closed window it is dropped. */
export const putPartial = (state: MergeState, partial: Partial): PartialOutcome => {
  if (partial.endMs <= topicOf(state, partial.sourceTopic).closedThroughMs) return 'duplicates';
  const starts = childOf(state.cells, partial.sourceTopic, (): CellsByStart => new Map());
  const keys = childOf(starts, partial.startMs, (): CellsByKey => new Map());
  const parts = childOf(keys, windowKeyText(partial), (): Cells => new Map());
  const isRepeat = parts.has(partial.sourcePartition);
  if (!isRepeat && state.openCells >= MAX_OPEN_CELLS) return 'invalid';
  parts.set(partial.sourcePartition, partial);
  if (!isRepeat) state.openCells += 1;
  return isRepeat ? 'duplicates' : 'folded';
};

const putSheet = (state: MergeState, { rows, ...of }: PartialSheet): void => {
  state.counts.consumed += rows.length;
  for (const row of rows) state.counts[putPartial(state, { ...of, ...row })] += 1;
};

const mergeRow = (parts: ReadonlyMap<number, Partial>): WindowRow => {
  const [first, ...rest] = [...parts].sort(([a], [b]) => a - b).map(([, partial]) => partial);
  const { sourcePartition: _, ...row } = rest.reduce((sum, each) => ({ ...sum, ...mergeStats(sum, each) }), first!);
  return row;
};

const rowsBefore = (state: MergeState, topicName: string, boundaryMs: number): WindowRow[] => {
  const starts: CellsByStart = state.cells.get(topicName) ?? new Map();
  const closing = [...starts.keys()].sort((a, b) => a - b);
  const rows: WindowRow[] = [];
  for (const startMs of closing) {
    const keys = [...starts.get(startMs)!].sort(([a], [b]) => (a < b ? -1 : 1));
    const endMs = [...keys[0]![1].values()][0]!.endMs;
    if (endMs > boundaryMs) break;
    for (const [, parts] of keys) {
      rows.push(mergeRow(parts));
      state.openCells -= parts.size;
    }
    starts.delete(startMs);
  }
  return rows;
};

const takeProgress = (params: MergeParams, state: MergeState, told: Progress): WindowRecord[] => {
  const topic = topicOf(state, told.sourceTopic);
  const before = topic.byPartition[told.sourcePartition] ?? 0;
  while (topic.byPartition.length <= told.sourcePartition) topic.byPartition.push(0);
  topic.byPartition[told.sourcePartition] = Math.max(before, told.closedThroughMs);
  if (told.closedThroughMs >= topic.newestMs) {
    topic.newestMs = told.closedThroughMs;
    topic.partitions = told.sourcePartitions;
  }
  if (topic.byPartition.length < topic.partitions) return [];
  const boundaryMs = Math.min(...topic.byPartition.slice(0, topic.partitions));
  if (boundaryMs <= topic.closedThroughMs) return [];
  topic.closedThroughMs = boundaryMs;
  const source = `analyzer|${told.sourceTopic}|${params.partition}`;
  const records = rowsBefore(state, told.sourceTopic, boundaryMs).map((event): WindowRecord => {
    topic.sequence += 1;
    return { source, sequence: topic.sequence, timeMs: event.endMs, event, tick: null };
  });
  const tick: Progress = {
    sourceTopic: told.sourceTopic,
    sourcePartition: params.partition,
    sourcePartitions: params.partitions,
    closedThroughMs: boundaryMs,
  };
  return [...records, { source, sequence: topic.sequence, timeMs: boundaryMs, event: null, tick }];
};

/**
 * Folds one record of the partials into the state, in place, and returns the windows that closed with it, to be appended
 * in order to the partition of the same number. A window closes when every partition of its topic is past its end; its
 * row depends on the partials alone, not on the order in which the partitions' came.
 */
export const foldPartial = (
  params: MergeParams,
  state: MergeState,
  offset: number,
  record: PartialRecord,
): WindowRecord[] => {
  if (offset < state.offset) return [];
  state.counts.skippedOffsets += offset - state.offset;
  state.offset = offset + 1;
  if (record.event !== null) {
    putSheet(state, record.event);
    return [];
  }
  state.counts.consumed += 1;
  if (record.tick === null || record.tick.sourcePartition >= record.tick.sourcePartitions) {
    state.counts.invalid += 1;
    return [];
  }
  state.counts.ticks += 1;
  return takeProgress(params, state, record.tick);
};
