import type { Bus } from '../../platform/kafka/bus.ts';
import { GROUPS, PARTIALS, WINDOWS } from '../../schemas/topics.ts';
import type { PartialRecord, WindowRecord } from '../../schemas/window.ts';
import type { FoldStanding } from '../events.ts';
import { foldPartial, initialMerge, MERGE_VERSION, type MergeState, unaccountedPartials } from '../folds/merge-fold.ts';
import { packMerge, unpackMerge } from '../folds/merge-state.ts';
import type { LiveFold, Stage } from './stage.ts';

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
  oldestIdAgeMs: 0,
  idsForgottenEarly: 0,
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
  ids: null,
  standing: () => mergeStanding(state),
});

/** The second stage: the partials of all input partitions to windows, per partition of the windows. */
export const mergeStage = (bus: Bus): Stage<PartialRecord, WindowRecord> => ({
  group: GROUPS.analyzerMerge,
  input: PARTIALS,
  output: WINDOWS,
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
