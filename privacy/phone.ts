import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import { type Effort, spend, STEPS } from './effort.ts';
import type { PiiHit } from './pii-hit.ts';

/**
 * Where what looks like a number is found by own patterns and only judged by the library: its `findPhoneNumbersInText`
 * takes 25 µs for a line with one number, several milliseconds for a table of them, and needs one country for all. The
 * `max` metadata know each country's number types; with the smaller ones some order numbers pass for German.
 */
const DIGITS = '[\\d ().\\-/]';
/** `+49 (0)30 …`, `0049 30 …`. */
const INTERNATIONAL = new RegExp(`(?:\\+ ?|(?<![\\d.,])00)[1-9]${DIGITS}{5,22}\\d`, 'g');
/**
 * `(415) 555-2671`, `1-415-555-2671`: always apart, since ten digits in a row are anything. With its area in brackets it is
 * nothing else, even if there is no such area.
 */
const AMERICAN = /(?<![\d.,]|\d[ -])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d([ .-]))[2-9]\d\d[ .-]\d{4}(?!\d|[.-]\d)/g;
/** `030 901820`, `(0171) 123 45 67`, `06.12.34.56.78`: with the trunk prefix 0, which no amount begins with. */
const TRUNK = new RegExp(`(?<![\\d.,+]|\\d-|00 ?|\\(0?)\\(?0[1-9]${DIGITS}{5,16}\\d(?!\\d)`, 'g');
/** Germany's numbers have no fixed length, so that two of them would make one. */
const NEXT_TRUNK = / 0[1-9]\d{1,3}[ /-]\d{3}/;
const TWO_NUMBERS_REACH = 36;
/** A number that is said to be one, however it is written. */
const SAID = new RegExp(`(?<![\\d.,])[(]?\\d${DIGITS}{4,22}\\d(?!\\d)`, 'g');

const TRUNK_REGIONS: readonly CountryCode[] = ['DE', 'GB', 'FR', 'NL', 'IT', 'CH', 'AT', 'BE', 'AU'];
const SAID_REGIONS: readonly CountryCode[] = [
  'US',
  'ES',
  'DE',
  'GB',
  'FR',
  'IT',
  'IN',
  'PL',
  'DK',
  'NO',
  'PT',
  'BR',
  'JP',
];

const PHONE_WORD =
  'tel|telephone|phone|mobile|cell|cellphone|fax|whatsapp|call|text|sms|telefon|telefonnummer|handy|handynummer|mobil|mobilfunk|mobilnummer|rufnummer|rückruf|téléphone|portable|' +
  'teléfono|telefono|móvil|celular|telefone|cellulare|telefoon|тел|телефон|電話|电话|手机|携帯';
/** The word, then nothing but a few short ones up to the number. */
const SAID_BEFORE = new RegExp(
  `(?:(?<!\\p{L})|_|(?<=\\p{Ll}))(?:${PHONE_WORD})(?:s|_?(?:number|nummer|num|no|nr))?[\\s"'.:=#(_-]{0,6}(?:(?:me|us|him|her|them|at|on|is|it's|to|number|no|nr|nummer|unter|ist|lautet|au|al|es|è|numéro|número|numero|под)[\\s"'.:=#]{1,4}){0,3}$`,
  'iu',
);
const OTHER_BEFORE =
  /(?:order|invoice|ticket|tracking|parcel|case|item|part|serial|customer|account|reference|ref|id|isbn|issn|sku|ean|gtin|doi|version|bestell\p{L}*|auftrags?\p{L}*|rechnungs?\p{L}*|kunden\p{L}*|artikel\p{L}*|sendungs?\p{L}*|commande|facture|réf|pedido|factura|ordine|fattura|заказ\p{L}*)(?:[ _-]?(?:number|nummer|num|no|nr|n°|id|code))?["'\s.:=#°-]{0,6}(?:(?:is|was|ist|lautet)[\s:]{1,2})?$/iu;
/** Characters before a number that are read for what it is said to be. */
export const CONTEXT_REACH = 48;
/** `05.06.2024 08`, `06-05-2024`, `01/02/24`, `01/2000 - 12/2006`. */
const DATE =
  /^\(?(?:0[1-9]|1[0-2])[-./](?:19|20)\d\d(?!\d)|^\(?(?:0[1-9]|[12]\d|3[01])([-./ ])(?:0[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d\d|\d\d)(?![\d]|\1\d)/;
const LAST_GROUP = /[ ().\-/]{1,4}\d{1,16}$/;
const MAX_DROPPED_GROUPS = 4;
/** Beyond so many questions per text the library is not asked any more and every candidate counts: a hostile table costs no more than this. */
const MAX_QUESTIONS = 512;

/** In every phone word; asked first, since the words' own pattern costs ten times as much. */
const PHONE_SIGN = /tel|тел|hone|mob|móv|cel|fax|whats|call|text|sms|handy|ruf|port|電話|电话|手机|携帯/i;

/** Whether what stands before a number says that it is a telephone's. */
export const isSaidPhone = (before: string): boolean => PHONE_SIGN.test(before) && SAID_BEFORE.test(before);

type PhoneSearch = { text: string; questions: number; effort: Effort };

const isNumber = (search: PhoneSearch, candidate: string, regions: readonly (CountryCode | null)[]): boolean => {
  for (const region of regions) {
    search.questions += 1;
    if (search.questions > MAX_QUESTIONS || !spend(search.effort, STEPS.question)) return true;
    const options = region === null ? { extract: false } : { extract: false, defaultCountry: region };
    if (parsePhoneNumberFromString(candidate, options)?.isValid()) return true;
  }
  return false;
};

/** How much of a candidate is a number: what follows a space may be the next one. 0 if nothing is. */
const numberLength = (
  search: PhoneSearch,
  candidate: string,
  regions: readonly (CountryCode | null)[],
  prefix = '',
): number => {
  let rest = candidate;
  for (let dropped = 0; dropped <= MAX_DROPPED_GROUPS && rest.length > 5; dropped += 1) {
    if (isNumber(search, prefix + rest, regions)) return rest.length;
    const shorter = rest.replace(LAST_GROUP, '');
    if (shorter === rest) return 0;
    rest = shorter;
  }
  return 0;
};

/** Tells how much of a candidate it takes; 0 if nothing. */
type Judge = (candidate: string, index: number) => number;

/** Each candidate of a pattern; what a judge leaves of one may hold the next. */
const eachCandidate = (pattern: RegExp, run: string, effort: Effort, judge: Judge): void => {
  pattern.lastIndex = 0;
  for (let found = pattern.exec(run); found !== null; found = pattern.exec(run)) {
    if (!spend(effort, STEPS.candidate)) return;
    pattern.lastIndex = found.index + Math.max(1, judge(found[0], found.index));
  }
};

/** Telephone numbers within a run of digits and separators that begins at `at` of the text. */
export const findPhones = (search: PhoneSearch, run: string, at: number, hits: PiiHit[]): void => {
  const { text, effort } = search;
  const before = hits.length;
  const contextOf = (index: number): string => text.slice(Math.max(0, at + index - CONTEXT_REACH), at + index);
  const isOther = (index: number): boolean => OTHER_BEFORE.test(contextOf(index));
  let lastEnd = 0;
  const take = (index: number, length: number): number => {
    if (length === 0) return 0;
    hits.push({ kind: 'phone', start: at + index, end: at + index + length });
    lastEnd = index + length;
    return length;
  };
  /** Behind another group of digits begins nothing, unless that was a number itself. */
  const isBehindDigits = (index: number): boolean => /\d[ .\-/]$/.test(run.slice(Math.max(lastEnd, index - 2), index));

  if (run.includes('+') || run.includes('00'))
    eachCandidate(INTERNATIONAL, run, effort, (found, index) => {
      if (!found.startsWith('00')) return take(index, numberLength(search, found, [null]));
      if (isOther(index)) return 0;
      const length = numberLength(search, found.slice(2), [null], '+');
      return take(index, length === 0 ? 0 : length + 2);
    });
  eachCandidate(AMERICAN, run, effort, (found, index) =>
    !isOther(index) && (found.includes('(') || isNumber(search, found, ['US'])) ? take(index, found.length) : 0,
  );
  const trunkLength = (found: string, index: number): number => {
    const next = run.slice(index, index + TWO_NUMBERS_REACH).search(NEXT_TRUNK);
    const first = next < 0 ? 0 : numberLength(search, found.slice(0, next), TRUNK_REGIONS);
    return first > 0 ? first : numberLength(search, found, TRUNK_REGIONS);
  };
  if (run.includes('0'))
    eachCandidate(TRUNK, run, effort, (found, index) =>
      isBehindDigits(index) || DATE.test(found) || isOther(index) ? 0 : take(index, trunkLength(found, index)),
    );
  if (hits.length > before) return;
  eachCandidate(SAID, run, effort, (found, index) =>
    !DATE.test(found) && isSaidPhone(contextOf(index)) ? take(index, numberLength(search, found, SAID_REGIONS)) : 0,
  );
};
