import type { Stamped, Tick } from '../../schemas/envelope.ts';
import { type PartialRecord, windowKeyText, type WindowRecord } from '../../schemas/window.ts';
import type { Input } from '../rows/inputs.ts';
import { foldPartial, initialMerge } from './merge-fold.ts';
import { type FoldParams, foldRecord, initialState } from './partition-fold.ts';

type Sizes = Pick<FoldParams<never>, 'outPartitions' | 'outPartitionOf' | 'windowMs' | 'graceMs'>;

/** What the first fold makes of all partitions of one topic, each read once from its start. */
export const partialsOf = <E>(
  sizes: Sizes,
  input: Input<E>,
  logs: readonly (readonly { offset: number; value: Stamped<E, Tick>; timestampMs?: number }[])[],
): { partition: number; record: PartialRecord }[] =>
  logs.flatMap((log, partition) => {
    const state = initialState(sizes.outPartitions, input.rememberMs);
    const params: FoldParams<E> = { ...sizes, input, partition, partitions: logs.length };
    return log.flatMap(
      ({ offset, value, timestampMs }) => foldRecord(params, state, offset, value, timestampMs).outputs,
    );
  });

/** The rows that the windows topic must hold in the end, by key: a run without crash, in one process, to hold others against. */
export const windowsOf = (
  { outPartitions }: Sizes,
  partials: readonly { partition: number; record: PartialRecord }[],
): Map<string, WindowRecord> => {
  const rows = new Map<string, WindowRecord>();
  for (let partition = 0; partition < outPartitions; partition++) {
    const state = initialMerge();
    const log = partials.filter((each) => each.partition === partition);
    for (const [offset, { record }] of log.entries())
      for (const row of foldPartial({ partition, partitions: outPartitions }, state, offset, record))
        if (row.event) rows.set(windowKeyText(row.event), row);
  }
  return rows;
};
