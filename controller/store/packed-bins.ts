import type { Bins } from '../../schemas/sketch.ts';

/** A sketch's bins as pairs of 32-bit numbers, since thousands of windows are read for one series; null of none. */
export const packBins = (bins: Bins): Uint8Array | null => {
  if (bins.length === 0) return null;
  const pairs = Int32Array.from(bins.flatMap(({ index, count }) => [index, count]));
  return new Uint8Array(pairs.buffer);
};

/** Counts by index from `first` on. */
export type BinCounts = { first: number; counts: Float64Array };

export const noBins = (): BinCounts => ({ first: 0, counts: new Float64Array(0) });

const ROOM = 64;

/** The same counts with room for the indexes from `first` to `last`. */
const withRoom = ({ first: before, counts }: BinCounts, first: number, last: number): BinCounts => {
  const isEmpty = counts.length === 0;
  const from = isEmpty ? first : Math.min(before, first);
  const end = isEmpty ? last : Math.max(before + counts.length - 1, last);
  const grown = new Float64Array(end - from + 1 + ROOM);
  if (!isEmpty) grown.set(counts, before - from);
  return { first: from, counts: grown };
};

/** The counts and packed bins together; the counts are not to be used any more. */
export const addBins = (before: BinCounts, packed: Uint8Array): BinCounts => {
  const isAligned = packed.byteOffset % 4 === 0;
  const { buffer, byteOffset } = isAligned ? packed : packed.slice();
  const pairs = new Int32Array(buffer, byteOffset, packed.byteLength >> 2);
  const [first = 0, last = first] = [pairs[0], pairs.at(-2)];
  const fits = first >= before.first && last < before.first + before.counts.length;
  const sums = fits ? before : withRoom(before, first, last);
  const { counts } = sums;
  for (let i = 0; i + 1 < pairs.length; i += 2) counts[pairs[i]! - sums.first]! += pairs[i + 1]!;
  return sums;
};

/** The counts as a sketch's bins, in order of index. */
export const binsOf = ({ first, counts }: BinCounts): Bins =>
  [...counts].flatMap((count, i) => (count === 0 ? [] : [{ index: first + i, count }]));
