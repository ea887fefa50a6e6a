import type { Bins } from '../../schemas/sketch.ts';

/**
 * Thousands of windows are read for one series, and SQLite puts the sketches of those that share a point behind each other. So they are text:
 * of each bin how far its index is from the one before, and its count, both as numbers of base 47 in printable characters. The last
 * digit of a number is one of the lower 47 characters, those before it are of the upper.
 */
const BASE = 47;
const FIRST_CODE = 33;
/** Stands before each window's bins where several follow each other. */
export const BETWEEN_BINS = ' ';
const BETWEEN_CODE = 32;

const textOf = (number: number): string => {
  let text = String.fromCharCode(FIRST_CODE + (number % BASE));
  for (let rest = Math.floor(number / BASE); rest > 0; rest = Math.floor(rest / BASE))
    text = String.fromCharCode(FIRST_CODE + BASE + (rest % BASE)) + text;
  return text;
};

/** Steps may go down, too: even numbers are up, odd ones down. */
const unsigned = (step: number): number => (step < 0 ? -2 * step - 1 : 2 * step);
const signed = (number: number): number => (number % 2 === 0 ? number / 2 : -(number + 1) / 2);

/** A sketch's bins as text; null of none. */
export const packBins = (bins: Bins): string | null => {
  if (bins.length === 0) return null;
  return bins
    .map(({ index, count }, i) => textOf(unsigned(index - (bins[i - 1]?.index ?? 0))) + textOf(count))
    .join('');
};

/** Counts by index from `first` on. */
type BinCounts = { first: number; counts: Float64Array };

const ROOM = 64;

/** The same counts with room for one more index. */
const withRoom = ({ first: before, counts }: BinCounts, index: number): BinCounts => {
  const isEmpty = counts.length === 0;
  const from = isEmpty ? index : Math.min(before, index - ROOM);
  const end = isEmpty ? index : Math.max(before + counts.length, index);
  const grown = new Float64Array(end - from + ROOM);
  if (!isEmpty) grown.set(counts, before - from);
  return { first: from, counts: grown };
};

/** The bins of all packed sketches together, in order of index. */
export const mergedBins = (packed: string): Bins => {
  let sums: BinCounts = { first: 0, counts: new Float64Array(0) };
  let [index, number, isIndex] = [0, 0, true];
  for (let i = 0; i < packed.length; i += 1) {
    const code = packed.charCodeAt(i);
    if (code === BETWEEN_CODE) {
      index = 0;
      continue;
    }
    const digit = code - FIRST_CODE;
    if (digit >= BASE) {
      number = number * BASE + digit - BASE;
      continue;
    }
    number = number * BASE + digit;
    if (isIndex) {
      index += signed(number);
    } else {
      const place = index - sums.first;
      if (place < 0 || place >= sums.counts.length) sums = withRoom(sums, index);
      sums.counts[index - sums.first]! += number;
    }
    isIndex = !isIndex;
    number = 0;
  }
  const bins: { index: number; count: number }[] = [];
  for (const [i, count] of sums.counts.entries()) if (count > 0) bins.push({ index: sums.first + i, count });
  return bins;
};
