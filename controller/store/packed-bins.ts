import type { Bins } from '../../schemas/sketch.ts';

/** A sketch's bins as pairs of 32-bit numbers, since thousands of windows are read for one series; null of none. */
export const packBins = (bins: Bins): Uint8Array | null => {
  if (bins.length === 0) return null;
  const pairs = Int32Array.from(bins.flatMap(({ index, count }) => [index, count]));
  return new Uint8Array(pairs.buffer);
};

/** Adds packed bins to counts by index. */
export const addBins = (counts: Map<number, number>, packed: Uint8Array): void => {
  const pairs = new Int32Array(packed.slice().buffer);
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const index = pairs[i]!;
    counts.set(index, (counts.get(index) ?? 0) + pairs[i + 1]!);
  }
};

/** The counts as a sketch's bins, in order of index. */
export const binsOf = (counts: ReadonlyMap<number, number>): Bins =>
  [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
