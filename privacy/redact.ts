import type { Body } from '../schemas/exchange.ts';
import { findPii } from './find-pii.ts';
import type { PiiHit } from './pii-hit.ts';
import { mappedText, plainText } from './plain-text.ts';
import { joinedParts } from './stream-text.ts';
import type { Part } from './stream-text.ts';

/** What stands in a text instead; nothing in it needs an escape in JSON. */
const markOf = (kind: PiiHit['kind']): string => `[${kind.toUpperCase()}]`;

/** `mark` comes in place of a part of a body. `isPiece`: of something that a stream told in pieces. */
type Edit = Part & { kind: PiiHit['kind']; mark: string; isPiece: boolean };

/** Where in `raw`, with its escapes, the hits of its plain text are. */
export const editsOf = (raw: string, isCut: boolean): Edit[] => {
  const hits = findPii(plainText(raw), isCut);
  if (hits.length === 0) return [];
  const { starts, ends } = mappedText(raw);
  return hits.map(({ kind, start, end }) => ({
    kind,
    start: starts[start]!,
    end: ends[end - 1]!,
    mark: markOf(kind),
    isPiece: false,
  }));
};

/** The edits of a joined text in the parts that it came from: the mark in the first, nothing in the others. */
const spread = (edits: readonly Edit[], parts: readonly Part[]): Edit[] => {
  const placed: Edit[] = [];
  let part = 0;
  let before = 0;
  for (const edit of edits) {
    const lengthOf = (at: number): number => parts[at]!.end - parts[at]!.start;
    while (before + lengthOf(part) <= edit.start) {
      before += lengthOf(part);
      part += 1;
    }
    let mark = edit.mark;
    for (let at = part, offset = before; at < parts.length && offset < edit.end; offset += lengthOf(at), at += 1) {
      const { start } = parts[at]!;
      const from = start + Math.max(0, edit.start - offset);
      const to = start + Math.min(lengthOf(at), edit.end - offset);
      placed.push({ kind: edit.kind, start: from, end: to, mark, isPiece: true });
      mark = '';
    }
  }
  return placed;
};

/** A text that stands in one place was found in the whole already, but for what a cut left of it. */
const joinedEdits = (text: string, isSse: boolean, isCut: boolean): Edit[] =>
  joinedParts(text, isSse)
    .filter((parts) => parts.length > 1 || isCut)
    .flatMap((parts) => {
      const joined = parts.map(({ start, end }) => text.slice(start, end)).join('');
      return spread(editsOf(joined, isCut), parts);
    });

/** A number that stands in JSON as such becomes a string, sign and exponent included, or the document would be broken. */
const wholeNumber = (text: string, { start, end }: Part): Part | null => {
  const before = /[:,[]\s{0,16}(-?)$/.exec(text.slice(Math.max(0, start - 20), start));
  if (before === null || !/^\d+$/.test(text.slice(start, end))) return null;
  const after = /^[\d.eE+-]{0,32}/.exec(text.slice(end, end + 32))!;
  return { start: start - before[1]!.length, end: end + after[0].length };
};

/** Merges what overlaps. A piece knows better than what was found in its frame alone whether the mark stands here. */
const merged = (edits: Edit[]): Edit[] => {
  const found: Edit[] = [];
  for (const edit of edits.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = found.at(-1);
    if (last === undefined || edit.start >= last.end) {
      found.push({ ...edit });
      continue;
    }
    last.end = Math.max(last.end, edit.end);
    if (edit.isPiece && !last.isPiece) last.mark = edit.mark;
    last.isPiece ||= edit.isPiece;
  }
  return found;
};

const isJson = (text: string): boolean => /^\s{0,64}[[{]/.test(text);

/** Whether a place is within a JSON string; asked of places in order. In a stream no string goes beyond its line. */
const createStringTracker = (text: string, isStream: boolean) => {
  let at = 0;
  let isInString = false;
  return (place: number): boolean => {
    for (; at < place; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 34) isInString = !isInString;
      else if (code === 92 && isInString) at += 1;
      else if (isStream && (code === 10 || code === 13)) isInString = false;
    }
    return isInString;
  };
};

const applied = (text: string, edits: readonly Edit[], shape: 'json' | 'stream' | 'text'): string => {
  if (edits.length === 0) return text;
  const isInString = createStringTracker(text, shape === 'stream');
  let result = '';
  let from = 0;
  for (const edit of edits) {
    const number = shape === 'text' || isInString(edit.start) ? null : wholeNumber(text, edit);
    result += text.slice(from, number?.start ?? edit.start) + (number === null ? edit.mark : `"${edit.mark}"`);
    from = number?.end ?? edit.end;
  }
  return result + text.slice(from);
};

const LINE_END = /[\r\n]/;

/** A hit in the raw stream that goes on in the next line would break its framing; the joined text has it whole. */
const withinLine = (text: string, edit: Edit): Edit => {
  const lineEnd = text.slice(edit.start, edit.end).search(LINE_END);
  return lineEnd < 0 ? edit : { ...edit, end: edit.start + lineEnd };
};

/** A short text, such as a comment, without personal data. */
export const redactText = (text: string): string => applied(text, editsOf(text, false), 'text');

/** A path with its query, or a form, without personal data: a plus is a space there, unless a client forgot that it is. */
export const redactForm = (text: string): string => {
  const edits = editsOf(text, false);
  if (!text.includes('+')) return applied(text, edits, 'text');
  return applied(text, merged([...edits, ...editsOf(text.replaceAll(/(?<=[^=])\+/g, ' '), false)]), 'text');
};

/**
 * A body's text without personal data; the same string if nothing was found. JSON stays JSON and a stream keeps its frames:
 * marks stand within strings, and what a stream tells in pieces is cut out of each piece.
 * @param isCut only the beginning of the body is here.
 */
export const redactBody = (text: string, contentType: string, isCut: boolean): string => {
  const isSse = contentType.includes('text/event-stream');
  if (contentType.includes('x-www-form-urlencoded')) return redactForm(text);
  const isStream = isSse || contentType.includes('ndjson') || contentType.includes('jsonl');
  if (!isStream) return applied(text, editsOf(text, isCut), isJson(text) ? 'json' : 'text');
  const whole = editsOf(text, false).map((edit) => withinLine(text, edit));
  return applied(text, merged([...whole, ...joinedEdits(text, isSse, isCut)]), 'stream');
};

/** A body without what is personal; the same one if nothing was found. What is left has no hash that would tell the rest. */
export const redactedBody = (body: Body): Body => {
  const text = redactBody(body.text, body.contentType, body.state === 'truncated');
  if (text === body.text) return body;
  return { ...body, text, state: body.state === 'full' ? 'redacted' : body.state, sha256: '' };
};
