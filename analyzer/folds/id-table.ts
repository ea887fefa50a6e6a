/**
 * A set of fingerprints in one typed array: open addressing, two words a place, both 0 where nothing stands. It is a
 * power of two of places wide and at most three quarters full. The sums of all high and of all low words, each modulo
 * 2^32, tell sets of as many ids apart whatever order they were filled in.
 */
export type IdTable = { words: Uint32Array; ids: number; sumHigh: number; sumLow: number };

const FIRST_PLACES = 512;
const MAX_FILLED = 0.75;

/** A table that has room for so many ids without growing. */
export const emptyTable = (ids = 0): IdTable => {
  let places = FIRST_PLACES;
  while (ids > places * MAX_FILLED) places *= 2;
  return { words: new Uint32Array(2 * places), ids: 0, sumHigh: 0, sumLow: 0 };
};

/** Where in `words` the fingerprint stands, or else the empty place for it. */
const placeOf = (words: Uint32Array, high: number, low: number): number => {
  const mask = words.length - 1;
  let at = (2 * low) & mask;
  for (;;) {
    const there = words[at];
    const beside = words[at + 1];
    if ((there === high && beside === low) || (there === 0 && beside === 0)) return at;
    at = (at + 2) & mask;
  }
};

export const holds = ({ words }: IdTable, high: number, low: number): boolean => {
  const at = placeOf(words, high, low);
  return words[at] !== 0 || words[at + 1] !== 0;
};

const grow = (table: IdTable): void => {
  const { words } = table;
  const wider = new Uint32Array(2 * words.length);
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at] ?? 0;
    const low = words[at + 1] ?? 0;
    if (high === 0 && low === 0) continue;
    const to = placeOf(wider, high, low);
    wider[to] = high;
    wider[to + 1] = low;
  }
  table.words = wider;
};

/** Adds a fingerprint, which must not be two zeros; nothing happens if it is there. */
export const addTo = (table: IdTable, high: number, low: number): void => {
  const at = placeOf(table.words, high, low);
  if (table.words[at] !== 0 || table.words[at + 1] !== 0) return;
  table.words[at] = high;
  table.words[at + 1] = low;
  table.ids += 1;
  table.sumHigh = (table.sumHigh + high) >>> 0;
  table.sumLow = (table.sumLow + low) >>> 0;
  if (table.ids > (table.words.length / 2) * MAX_FILLED) grow(table);
};
