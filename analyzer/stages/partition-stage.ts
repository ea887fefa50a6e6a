import type { Bus } from '../../platform/kafka/bus.ts';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import { GROUPS, PARTIALS } from '../../schemas/topics.ts';
import type { PartialRecord } from '../../schemas/window.ts';
import type { FoldStanding } from '../events.ts';
import { knownIds, oldestIdAgeMs } from '../folds/id-memory.ts';
import {
  FOLD_VERSION,
  type FoldNote,
  type FoldParams,
  foldRecord,
  initialState,
  type Output,
  type PartitionState,
} from '../folds/partition-fold.ts';
import { packState, unpackState } from '../folds/partition-state.ts';
import { unaccounted } from '../folds/record-counts.ts';
import type { Input } from '../rows/inputs.ts';
import type { LiveFold, Stage } from './stage.ts';

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
  knownIds: knownIds(state.ids),
  oldestIdAgeMs: oldestIdAgeMs(state.ids),
  idsForgottenEarly: state.ids.forgottenEarly,
  closedThroughMs: state.closedThroughMs,
});

const livePartition = <E>(params: FoldParams<E>, state: PartitionState): LiveFold<Stamped<E, Tick>, PartialRecord> => ({
  offset: () => state.offset,
  take: (records) => {
    const outputs: Output<PartialRecord>[] = [];
    const notes: FoldNote[] = [];
    for (const { offset, value, timestampMs } of records) {
      const step = foldRecord(params, state, offset, value, timestampMs);
      outputs.push(...step.outputs);
      notes.push(...step.notes);
    }
    return { outputs, notes };
  },
  pack: () => packState(params, state),
  ids: state.ids,
  standing: () => standingOf(state),
});

/** The first stage: one topic's events to partials, per partition. */
export const partitionStage = <E>(
  bus: Bus,
  input: Input<E>,
  { windowMs, graceMs }: { windowMs: number; graceMs: number },
): Stage<Stamped<E, Tick>, PartialRecord> => ({
  group: GROUPS.analyzer,
  input: input.topic,
  output: PARTIALS,
  foldVersion: FOLD_VERSION,
  begin: async (partition) => {
    const [partitions, outPartitions] = await Promise.all([
      bus.partitionCount(input.topic),
      bus.partitionCount(PARTIALS),
    ]);
    const outPartitionOf = (agent: string): number => bus.partitionFor(agent, outPartitions);
    const params = { input, partition, partitions, outPartitions, outPartitionOf, windowMs, graceMs };
    return {
      fresh: () => livePartition(params, initialState(outPartitions, input.rememberMs)),
      from: (text) => {
        const state = unpackState(params, text);
        return state && livePartition(params, state);
      },
    };
  },
});
