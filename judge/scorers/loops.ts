/** Words in a row that are compared: two come again in any text. */
const RUN = 3;
const LEAST_WORDS = 6;
const LEAST_REPEATS = 4;
/** Of all runs of three words so many stood there before. The refrains of a song come to a third. */
const LOOP_SHARE = 0.55;
/** Both halves of a text that says the same twice have so many words at least. */
const LEAST_HALF = 12;

/**
 * The share of a text's runs of three words that stood in it before, from 0 to 1; of an endless loop it goes to 1. `hashes` are its
 * words. Linear in them.
 */
export const repeatedShare = (hashes: readonly number[]): number => {
  const runs = hashes.length - RUN + 1;
  if (hashes.length < LEAST_WORDS) return 0;
  const mask = 2 ** (33 - Math.clz32(runs)) - 1;
  const seen = new Int32Array(mask + 1);
  let repeats = 0;
  for (let i = 0; i < runs; i++) {
    const run = (Math.imul(hashes[i]!, 31) + hashes[i + 1]!) * 31 + hashes[i + 2]!;
    const key = Math.imul(run ^ (run >>> 15), 0x2c_1b_3c_6d) || 1;
    let at = (key ^ (key >>> 16)) & mask;
    while (seen[at] !== 0 && seen[at] !== key) at = (at + 1) & mask;
    if (seen[at] === key) repeats += 1;
    else seen[at] = key;
  }
  return repeats < LEAST_REPEATS ? 0 : repeats / runs;
};

const isSaidTwice = (hashes: readonly number[]): boolean => {
  const half = hashes.length / 2;
  if (!Number.isInteger(half) || half < LEAST_HALF) return false;
  for (let i = 0; i < half; i++) if (hashes[i] !== hashes[i + half]) return false;
  return true;
};

/** Whether a text goes round in a loop, or says all of it twice. */
export const loopsIn = (hashes: readonly number[]): boolean =>
  repeatedShare(hashes) >= LOOP_SHARE || isSaidTwice(hashes);
