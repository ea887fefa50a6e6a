import { type Effort, spend, STEPS, unlimited } from './effort.ts';

/**
 * Text as a reader would see it: escapes of JSON (of any depth: tool arguments are JSON within JSON), of URLs and of HTML
 * are resolved, digits, spaces, dashes and full-width forms of other scripts folded to ASCII, characters without width
 * left out. Only for finding things; what is found is cut out of the original by the map.
 */

/**
 * A backslash run counts as a whole, so that cutting a unit out never leaves half an escape. The look-behind keeps a long
 * run from being tried at each of its backslashes.
 */
const ESCAPE =
  /(?<!\\)\\+(?:u[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|["'/bfnrt])|%[2-7][0-9a-fA-F]|&#(?:\d{1,7}|[xX][0-9a-fA-F]{1,6});/;
/**
 * By code unit and by ranges, which is twice as fast as by properties: spaces, dashes, what has no width, the digits of the
 * scripts in common use, full-width letters, digits and signs, and mathematical digits.
 */
const FOREIGN =
  /[\u00a0\u00ad\u061c\u0660-\u0669\u06f0-\u06f9\u07c0-\u07c9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef\u0b66-\u0b6f\u0be6-\u0bef\u0c66-\u0c6f\u0ce6-\u0cef\u0d66-\u0d6f\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049\u17e0-\u17e9\u180b-\u180e\u1810-\u1819\u2000-\u2015\u2024\u2028-\u202f\u205f-\u206f\u2212\u3000\ufeff\uff05\uff08\uff09\uff0b\uff0d-\uff1a\uff20-\uff3a\uff3f\uff41-\uff5a]|\u034f|\u20e3|[\ufe00-\ufe0f]|\ud835[\udfce-\udfff]/;
const UNIT = new RegExp(`${ESCAPE.source}|${FOREIGN.source}`, 'g');

const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const ESCAPABLE = `"'/bfnrt`;
const SPACE = /^[\p{Zs}\u2028\u2029]$/u;
const DASH = /^[\p{Pd}\u2212]$/u;
/** Ignorable by default, and the box that makes a keycap of a digit. */
const NO_WIDTH = /^(?:\p{DI}|\u20e3)$/u;
const DIGIT = /^\p{Nd}$/u;

/** Decimal digits stand in blocks of ten in order of value (The Unicode Standard, section 4.6). */
const digitOf = (character: string): string => {
  const point = character.codePointAt(0)!;
  let value = 0;
  while (value < 9 && DIGIT.test(String.fromCodePoint(point - value - 1))) value += 1;
  return String(value);
};

/** What was folded before: a text has few such characters, and may have each a hundred thousand times. */
const folded = new Map<string, string>();
const MAX_FOLDED = 4_096;

const fold = (character: string): string => {
  if (character.length === 1 && character.charCodeAt(0) < 0x80) return character;
  const known = folded.get(character);
  if (known !== undefined) return known;
  if (folded.size >= MAX_FOLDED) folded.clear();
  const made = foldAnew(character);
  folded.set(character, made);
  return made;
};

const foldAnew = (character: string): string => {
  if (NO_WIDTH.test(character)) return '';
  if (SPACE.test(character)) return ' ';
  if (DASH.test(character)) return '-';
  const compatible = character.normalize('NFKC');
  return DIGIT.test(compatible) && compatible > '9' ? digitOf(compatible) : compatible;
};

const ofEscape = (unit: string): string => {
  const last = unit.at(-1)!;
  const hex = unit.match(/u[0-9a-fA-F]{4}/g);
  if (hex === null) return CONTROLS[last] ?? last;
  return String.fromCharCode(...hex.map((code) => Number.parseInt(code.slice(1), 16)));
};

const ofEntity = (unit: string): string => {
  const isHex = unit[2] === 'x' || unit[2] === 'X';
  const point = Number.parseInt(unit.slice(isHex ? 3 : 2, -1), isHex ? 16 : 10);
  return point <= 0x10ffff ? String.fromCodePoint(point) : unit;
};

const resolve = (unit: string): string => {
  if (unit[0] === '\\') return fold(ofEscape(unit));
  if (unit[0] === '%') return String.fromCharCode(Number.parseInt(unit.slice(1), 16));
  if (unit[0] === '&') return fold(ofEntity(unit));
  return fold(unit);
};

const BACKSLASH = 92;
const HIDES_OTHERWISE = /%[2-7][0-9a-fA-F]|&#|[\u0080-\uffff]/;

/** Most JSON hides nothing but line ends and quotes, which goes five times faster by hand. Null if there is more to resolve. */
const withoutSimpleEscapes = (raw: string): string | null => {
  let text = '';
  let from = 0;
  for (let at = raw.indexOf('\\'); at >= 0; at = raw.indexOf('\\', at)) {
    const start = at;
    while (raw.charCodeAt(at) === BACKSLASH) at += 1;
    const escaped = raw[at];
    if (escaped === 'u') return null;
    if (escaped === undefined || !ESCAPABLE.includes(escaped)) continue;
    text += raw.slice(from, start) + (CONTROLS[escaped] ?? escaped);
    at += 1;
    from = at;
  }
  return from === 0 ? raw : text + raw.slice(from);
};

/** `raw` as a reader would see it. */
export const plainText = (raw: string): string => {
  const text = HIDES_OTHERWISE.test(raw) ? null : withoutSimpleEscapes(raw);
  return text ?? raw.replace(UNIT, resolve);
};

/** The plain text of `raw` with, for each of its UTF-16 units, where the original of it begins and ends. */
export const mappedText = (
  raw: string,
  effort: Effort = unlimited(),
): { text: string; starts: Int32Array; ends: Int32Array } => {
  const starts = new Int32Array(raw.length);
  const ends = new Int32Array(raw.length);
  let text = '';
  let from = 0;
  const copy = (to: number): void => {
    for (let i = from; i < to; i += 1) {
      starts[text.length + i - from] = i;
      ends[text.length + i - from] = i + 1;
    }
    text += raw.slice(from, to);
  };
  for (const { 0: unit, index } of raw.matchAll(UNIT)) {
    if (!spend(effort, STEPS.unit)) break;
    copy(index);
    from = index + unit.length;
    const plain = resolve(unit);
    starts.fill(index, text.length, text.length + plain.length);
    ends.fill(from, text.length, text.length + plain.length);
    text += plain;
  }
  copy(raw.length);
  return { text, starts, ends };
};
