import { parseJson } from '../openai/json-value.ts';
import type { Part } from './part.ts';

/** What comes in place of a part of a text. */
export type Edit = Part & { mark: string };

/** JSON within JSON is twice as long with each layer of escapes; deeper is only made up. */
const MAX_LAYERS = 8;
/** Characters of a number before and behind what was found in it. */
const MAX_NUMBER_REACH = 64;
/** How JSON in a string begins, if white space, a fence or a brace that is written as an escape stands there. */
const MAY_BE_JSON = /^(?:\s|\\[nrt])*(?:[[{`]|\\u)/;

const QUOTE = 34;
const BACKSLASH = 92;
const isBlank = (code: number): boolean => code <= 32;
const isOpen = (code: number): boolean => code === 123 || code === 91;
const isClose = (code: number): boolean => code === 125 || code === 93;
/** Digits, sign, point and exponent. */
const isOfNumber = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 101 || code === 69;

/** Where the string that begins at `from`, behind its opening quote, ends: at its closing quote, or at `end` if it has none. */
export const stringEnd = (text: string, from: number, end: number): number => {
  for (let at = text.indexOf('"', from); at >= 0 && at < end; at = text.indexOf('"', at + 1)) {
    let slashes = at - 1;
    while (slashes >= from && text.charCodeAt(slashes) === BACKSLASH) slashes -= 1;
    if ((at - slashes) % 2 === 1) return at;
  }
  return end;
};

/** A string's content with one layer of escapes resolved; `starts` tells where each of its units stood, and where it ended. */
const unescaped = (raw: string): { text: string; starts: Int32Array } | null => {
  const text = parseJson(`"${raw}"`);
  if (typeof text !== 'string') return null;
  const starts = new Int32Array(text.length + 1);
  let at = 0;
  for (let i = 0; i < text.length; i += 1) {
    starts[i] = at;
    if (raw.charCodeAt(at) !== BACKSLASH) at += 1;
    else at += raw[at + 1] === 'u' ? 6 : 2;
  }
  starts[text.length] = at;
  return { text, starts };
};

/** The first unit that does not start before `place`. */
const unitAt = (starts: Int32Array, place: number): number => {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The end of the object or list that begins at `start`; -1 if it has none. */
const documentEnd = (text: string, start: number): number => {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at + 1, text.length);
    else if (isOpen(code)) depth += 1;
    else if (isClose(code) && (depth -= 1) === 0) return at + 1;
  }
  return -1;
};

const FENCE = /^\s*```[a-z]{0,10}\s/i;

/** The objects and lists that stand behind one another at a text's beginning, as calls do that a stream does not tell apart. */
const documentsIn = (text: string): Part[] => {
  const documents: Part[] = [];
  for (let at = FENCE.exec(text)?.[0].length ?? 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isBlank(code)) continue;
    const end = isOpen(code) ? documentEnd(text, at) : -1;
    if (end < 0) break;
    documents.push({ start: at, end });
    at = end - 1;
  }
  return documents;
};

/**
 * The number that stands in a JSON text as such with an edit in it, all of it, sign and exponent included; null if it is none.
 * The text's beginning and end are as good as what may stand around a value.
 */
const numberAround = (json: string, edit: Edit): Part | null => {
  let { start, end } = edit;
  while (start < end && isBlank(json.charCodeAt(end - 1))) end -= 1;
  for (let at = start; at < end; at += 1) if (!isOfNumber(json.charCodeAt(at))) return null;
  const [least, most] = [start - MAX_NUMBER_REACH, end + MAX_NUMBER_REACH];
  while (start > least && isOfNumber(json.charCodeAt(start - 1))) start -= 1;
  while (end < most && isOfNumber(json.charCodeAt(end))) end += 1;
  let before = start - 1;
  while (before >= 0 && isBlank(json.charCodeAt(before))) before -= 1;
  let after = end;
  while (after < json.length && isBlank(json.charCodeAt(after))) after += 1;
  const isBegun = before < 0 || ':,['.includes(json[before]!);
  return isBegun && (after >= json.length || ',]}'.includes(json[after]!)) ? { start, end } : null;
};

/** Each edit in order with the string that it stands in, if any; edits of one string come together. */
const byString = (json: string, edits: readonly Edit[]): { content: Part | null; edits: Edit[] }[] => {
  const groups: { content: Part | null; edits: Edit[] }[] = [];
  let content: Part = { start: 0, end: -1 };
  let open = json.indexOf('"');
  for (const edit of edits) {
    while (open >= 0 && open < edit.start && content.end < edit.start) {
      content = { start: open + 1, end: stringEnd(json, open + 1, json.length) };
      open = json.indexOf('"', content.end + 1);
    }
    const isWithin = edit.start >= content.start && edit.start < content.end;
    const last = groups.at(-1);
    if (isWithin && last?.content === content) last.edits.push(edit);
    else groups.push({ content: isWithin ? content : null, edits: [edit] });
  }
  return groups;
};

/** The same edits counted from another place. */
export const moved = <E extends Edit>(edits: readonly E[], by: number): E[] =>
  edits.map((edit) => ({ ...edit, start: edit.start + by, end: edit.end + by }));

/**
 * The same edits so that a JSON text stays one: a number becomes a string, and so it does in JSON within its strings.
 * @param edits in order, without overlap.
 */
export const editsInJson = (json: string, edits: readonly Edit[], layer = 0): Edit[] =>
  byString(json, edits).flatMap(({ content, edits: within }) => {
    if (content !== null) {
      const raw = json.slice(content.start, content.end);
      return moved(editsInString(raw, moved(within, -content.start), layer + 1), content.start);
    }
    return within.map((edit) => {
      const number = numberAround(json, edit);
      return number === null ? edit : { ...edit, ...number, mark: `"${edit.mark}"` };
    });
  });

/** The same edits in what stands between the quotes of a JSON string, so that JSON in it stays JSON. Prose gets no quotes. */
export const editsInString = (raw: string, edits: readonly Edit[], layer = 1): Edit[] => {
  const told = layer > MAX_LAYERS || !MAY_BE_JSON.test(raw) ? null : unescaped(raw);
  if (told === null) return [...edits];
  const { text, starts } = told;
  const inner = edits.map((edit) => ({ ...edit, start: unitAt(starts, edit.start), end: unitAt(starts, edit.end) }));
  const placed: Edit[] = [];
  let next = 0;
  for (const { start, end } of documentsIn(text)) {
    while (next < inner.length && inner[next]!.start < start) placed.push(edits[next++]!);
    const from = next;
    while (next < inner.length && inner[next]!.start < end) next += 1;
    if (from === next) continue;
    const json = text.slice(start, end);
    if (parseJson(json) === undefined) placed.push(...edits.slice(from, next));
    else
      for (const edit of moved(editsInJson(json, moved(inner.slice(from, next), -start), layer), start))
        placed.push({
          ...edit,
          start: starts[edit.start]!,
          end: starts[edit.end]!,
          mark: JSON.stringify(edit.mark).slice(1, -1),
        });
  }
  return [...placed, ...edits.slice(next)];
};
