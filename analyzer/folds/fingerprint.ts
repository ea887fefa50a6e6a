import { hash } from 'node:crypto';

const HEX_ID_LENGTH = 32;
const WORD_DIGITS = 8;
const NO_DIGIT = -1;

/** By character code, the value of a hex digit. */
const DIGITS = new Int8Array(128).fill(NO_DIGIT);
for (let value = 0; value < 16; value++) DIGITS[value.toString(16).charCodeAt(0)] = value;

/** Eight hex digits as an unsigned number; NO_DIGIT if one of them is none. */
const hexWord = (text: string, from: number): number => {
  let word = 0;
  let signs = 0;
  for (let at = from; at < from + WORD_DIGITS; at++) {
    const digit = DIGITS[text.charCodeAt(at)] ?? NO_DIGIT;
    signs |= digit;
    word = (word << 4) | digit;
  }
  return signs < 0 ? NO_DIGIT : word >>> 0;
};

const byteWord = (bytes: string, from: number): number =>
  ((bytes.charCodeAt(from) << 24) |
    (bytes.charCodeAt(from + 1) << 16) |
    (bytes.charCodeAt(from + 2) << 8) |
    bytes.charCodeAt(from + 3)) >>>
  0;

/**
 * 64 bits that stand for an id, as two words, never both 0: the first 8 bytes of its SHA-256. An id of 32 characters
 * that begins with 16 hex digits is the beginning of a SHA-256 already (those of scores and shadows are), so these are
 * taken as they stand. Two ids are taken for one with a chance of 2^-64.
 */
export const fingerprint = (id: string, words: Uint32Array): void => {
  let high = id.length === HEX_ID_LENGTH ? hexWord(id, 0) : NO_DIGIT;
  let low = high === NO_DIGIT ? NO_DIGIT : hexWord(id, WORD_DIGITS);
  if (low === NO_DIGIT) {
    const bytes = hash('sha256', id, 'binary');
    high = byteWord(bytes, 0);
    low = byteWord(bytes, 4);
  }
  words[0] = high;
  words[1] = high === 0 && low === 0 ? 1 : low;
};
