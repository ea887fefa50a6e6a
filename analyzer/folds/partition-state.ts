import { packIds, type PackedIdMemory, unpackIds } from './id-pieces.ts';
import { type ClosedArm, packWindows, unpackWindows } from './open-windows.ts';
import type { FoldParams, PartitionState } from './partition-fold.ts';
import { packCounts, type RecordCounts } from './record-counts.ts';
import { packSources, type PackedSources, unpackSources } from './sources.ts';

type PackedState = {
  windowMs: number;
  graceMs: number;
  offset: number;
  incomplete: boolean;
  closedThroughMs: number;
  logMs: number;
  sequences: number[];
  counts: RecordCounts;
  sources: PackedSources;
  ids: PackedIdMemory;
  arms: ClosedArm[];
};

type Widths = Pick<FoldParams<never>, 'windowMs' | 'graceMs' | 'outPartitions'>;

/** The state as canonical JSON, without the ids that were cut into pieces: equal states are equal text. */
export const packState = ({ windowMs, graceMs }: Widths, state: PartitionState): string => {
  const { offset, incomplete, closedThroughMs, logMs, sequences } = state;
  const packed: PackedState = {
    windowMs,
    graceMs,
    offset,
    incomplete,
    closedThroughMs,
    logMs,
    sequences,
    counts: packCounts(state.counts),
    sources: packSources(state.sources),
    ids: packIds(state.ids),
    arms: packWindows(state.windows),
  };
  return JSON.stringify(packed);
};

/**
 * The state out of its text, which still awaits the pieces of its ids; undefined if it was folded with another window width, grace or number of partials
 * partitions.
 */
export const unpackState = (widths: Widths, text: string): PartitionState | undefined => {
  const packed: PackedState = JSON.parse(text);
  if (packed.windowMs !== widths.windowMs || packed.graceMs !== widths.graceMs) return undefined;
  if (packed.sequences.length !== widths.outPartitions) return undefined;
  const { offset, incomplete, closedThroughMs, logMs, sequences, counts } = packed;
  return {
    offset,
    incomplete,
    closedThroughMs,
    logMs,
    sequences,
    counts,
    sources: unpackSources(packed.sources),
    ids: unpackIds(packed.ids),
    windows: unpackWindows(packed.arms),
  };
};
