import { passesLuhn } from './digits.ts';
import { type Effort, spend, STEPS } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

/** Issuers' ranges and their lengths (ISO/IEC 7812-1): Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro. */
const ISSUED: readonly { prefix: RegExp; lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^3(?:0[0-5]|095|[689])/, lengths: [14, 16] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { prefix: /^62/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:50|5[6-8]|63|67)/, lengths: [13, 14, 15, 16, 17, 18, 19] },
];

/** In one, in the groups that cards are printed with, or each digit apart: always one separator throughout. */
const SHAPES = [
  /(?<![\d.,])(?<!\d[ -])\d{4}([ .-])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?(?!\d|[.,]\d)/g,
  /(?<![\d.,])\d{4}([ .-])\d{6}\1\d{4,5}(?!\d|[.,]\d)/g,
  /(?<!\d|\d[.,])\d{13,19}(?!\d|[.,]\d)/g,
  /(?<!\d[ .-]?)\d(?:([ .-])\d(?:\1\d){11,17})(?![ .-]?\d)/g,
];

const isCard = (digits: string): boolean =>
  ISSUED.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) && passesLuhn(digits);

/** Card numbers within a run of digits and separators that begins at `at` of the text. */
export const findCards = (run: string, at: number, hits: PiiHit[], effort: Effort): void => {
  for (const shape of SHAPES)
    for (const { 0: found, index } of run.matchAll(shape)) {
      if (!spend(effort, STEPS.run)) return;
      if (isCard(found.replaceAll(/[ .-]/g, '')))
        hits.push({ kind: 'card', start: at + index, end: at + index + found.length });
    }
};
