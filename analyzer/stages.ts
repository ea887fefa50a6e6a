import type { Bus, Incoming } from '../platform/kafka/bus.ts';
import type { Stamped, Tick } from '../schemas/envelope.ts';
import { PARTIALS, WINDOWS } from '../schemas/topics.ts';
import type { PartialRecord, WindowRecord } from '../schemas/window.ts';
import type { Input } from './rows/inputs.ts';
import { foldPartial, initialMerge, MERGE_VERSION, type MergeState, unaccountedPartials } from './folds/merge-fold.ts';
import { packMerge, unpackMerge } from './folds/merge-state.ts';
import {
  FOLD_VERSION,
  type FoldNote,
  type FoldParams,
  foldRecord,
  initialState,
  type Output,
  type PartitionState,
} from './folds/partition-fold.ts';
import { packState, unpackState } from './folds/partition-state.ts';
import { unaccounted } from './folds/record-counts.ts';
import type { FoldStanding } from './events.ts';

/** A fold under way, without its outside world. */
export type LiveFold<I, O> = {
  offset(): number;
  take(records: readonly Incoming<I>[]): { outputs: Output<O>[]; notes: FoldNote[] };
  pack(): string;
  standing(): FoldStanding;
};

/** How one partition's fold begins: anew, or out of a snapshot's state (undefined if that state is not ours to read). */
type Begin<I, O> = (partition: number) => Promise<{
  fresh(): LiveFold<I, O>;
  from(state: string): LiveFold<I, O> | undefined;
}>;

const standingOf = ({ counts, ...state }: PartitionState): FoldStanding => ({
  records: [
    ...(['folded', 'duplicates', 'late', 'ticks'] as const).map((outcome): [string, string, number] => [
      outcome,
      '',
      counts[outcome],
    ]),
    ...Object.entries(counts.invalid).map(([reason, n]): [string, string, number] => ['invalid', reason, n]),
    ...Object.entries(counts.ignored).map(([reason, n]): [string, string, number] => ['ignored', reason, n]),
    ['skipped_offset', '', counts.skippedOffsets],
  ],
  unaccounted: unaccounted(counts),
  lost: counts.lost,
  invalidValues: counts.invalidValues,
  openRows: state.windows.rows,
  liveSources: [...state.sources.byName.values()].filter(({ live }) => live).length,
  knownIds: state.ids.known.size,
  closedThroughMs: state.closedThroughMs,
});

const livePartition = <E>(params: FoldParams<E>, state: PartitionState): LiveFold<Stamped<E, Tick>, PartialRecord> => ({
  offset: () => state.offset,
  take: (records) => {
    const outputs: Output<PartialRecord>[] = [];
    const notes: FoldNote[] = [];
    for (const { offset, value } of records) {
      const step = foldRecord(params, state, offset, value);
      outputs.push(...step.outputs);
      notes.push(...step.notes);
    }
    return { outputs, notes };
  },
  pack: () => packState(params, state),
  standing: () => standingOf(state),
});

/** The first fold: one topic's events to partials, per partition. */
export const partitionFold = <E>(
  bus: Bus,
  input: Input<E>,
  { windowMs, graceMs }: { windowMs: number; graceMs: number },
): { foldVersion: number; begin: Begin<Stamped<E, Tick>, PartialRecord> } => ({
  foldVersion: FOLD_VERSION,
  begin: async (partition) => {
    const [partitions, outPartitions] = await Promise.all([
      bus.partitionCount(input.topic),
      bus.partitionCount(PARTIALS),
    ]);
    const outPartitionOf = (agent: string): number => bus.partitionFor(agent, outPartitions);
    const params = { input, partition, partitions, outPartitions, outPartitionOf, windowMs, graceMs };
    return {
      fresh: () => livePartition(params, initialState(outPartitions)),
      from: (text) => {
        const state = unpackState(params, text);
        return state && livePartition(params, state);
      },
    };
  },
});

const mergeStanding = ({ counts, ...state }: MergeState): FoldStanding => ({
  records: [
    ...(['folded', 'duplicates', 'ticks', 'invalid'] as const).map((outcome): [string, string, number] => [
      outcome,
      '',
      counts[outcome],
    ]),
    ['skipped_offset', '', counts.skippedOffsets],
  ],
  unaccounted: unaccountedPartials(counts),
  lost: 0,
  invalidValues: 0,
  openRows: state.openCells,
  liveSources: [...state.topics.values()].reduce((sum, topic) => sum + topic.partitions, 0),
  knownIds: 0,
  closedThroughMs: Math.min(...[...state.topics.values()].map((topic) => topic.closedThroughMs), Infinity),
});

const liveMerge = (
  params: { partition: number; partitions: number },
  state: MergeState,
): LiveFold<PartialRecord, WindowRecord> => ({
  offset: () => state.offset,
  take: (records) => ({
    outputs: records.flatMap(({ offset, value }) =>
      foldPartial(params, state, offset, value).map((record) => ({ partition: params.partition, record })),
    ),
    notes: [],
  }),
  pack: () => packMerge(state),
  standing: () => mergeStanding(state),
});

/** The second fold: the partials of all input partitions to windows, per partition of the windows. */
export const mergeFold = (bus: Bus): { foldVersion: number; begin: Begin<PartialRecord, WindowRecord> } => ({
  foldVersion: MERGE_VERSION,
  begin: async (partition) => {
    const [partials, partitions] = await Promise.all([bus.partitionCount(PARTIALS), bus.partitionCount(WINDOWS)]);
    if (partials !== partitions)
      throw new Error(
        `${PARTIALS.name} has ${partials} partitions and ${WINDOWS.name} ${partitions}; give both the same number`,
      );
    const params = { partition, partitions };
    return { fresh: () => liveMerge(params, initialMerge()), from: (text) => liveMerge(params, unpackMerge(text)) };
  },
});
