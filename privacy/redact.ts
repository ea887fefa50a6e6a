import { bodyFormOf, mediaTypeOf } from '../openai/media-type.ts';
import type { Body } from '../schemas/exchange.ts';
import { findPii } from './find-pii.ts';
import { parseJson } from '../openai/json-value.ts';
import { type Edit, editsInJson, editsInString, moved } from './json-layers.ts';
import { markOf } from './mark.ts';
import type { Part } from './part.ts';
import type { PiiHit } from './pii-hit.ts';
import { mappedText, plainText } from './plain-text.ts';
import { type EventLines, joinedParts, linesOfEvents } from './stream-text.ts';

/** Where in `raw`, with its escapes, the hits of its plain text are. */
export const editsOf = (raw: string, isCut: boolean): (Edit & Pick<PiiHit, 'kind'>)[] => {
  const hits = findPii(plainText(raw), isCut);
  if (hits.length === 0) return [];
  const { starts, ends } = mappedText(raw);
  return hits.map(({ kind, start, end }) => ({ kind, start: starts[start]!, end: ends[end - 1]!, mark: markOf(kind) }));
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
    let { mark } = edit;
    for (let at = part, offset = before; at < parts.length && offset < edit.end; offset += lengthOf(at), at += 1) {
      const { start } = parts[at]!;
      const from = start + Math.max(0, edit.start - offset);
      const to = start + Math.min(lengthOf(at), edit.end - offset);
      placed.push({ start: from, end: to, mark });
      mark = '';
    }
  }
  return placed;
};

/** In order, and what overlaps as one. */
const merged = (edits: readonly Edit[]): Edit[] => {
  const found: Edit[] = [];
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = found.at(-1);
    if (last === undefined || edit.start >= last.end) found.push({ ...edit });
    else last.end = Math.max(last.end, edit.end);
  }
  return found;
};

const applied = (text: string, edits: readonly Edit[]): string => {
  let result = '';
  let from = 0;
  for (const edit of edits) {
    result += text.slice(from, edit.start) + edit.mark;
    from = edit.end;
  }
  return result + text.slice(from);
};

/** Calls `each` with every part that holds edits, and these; both are in order. Edits in no part come with null. */
const byPart = <P extends Part>(
  edits: readonly Edit[],
  parts: readonly P[],
  each: (part: P | null, within: Edit[]) => void,
): void => {
  let at = 0;
  for (let next = 0; next < edits.length;) {
    const { start } = edits[next]!;
    while (at < parts.length && parts[at]!.end <= start) at += 1;
    const part = parts[at];
    const isWithin = part !== undefined && part.start <= start;
    const from = next;
    next += 1;
    if (isWithin) while (next < edits.length && edits[next]!.start < part.end) next += 1;
    each(isWithin ? part : null, edits.slice(from, next));
  }
};

const LINE_END = /[\r\n]/;

/** A hit in the raw stream that goes on in the next line would break its framing; the joined text has it whole. */
const withinLine = (text: string, edit: Edit): Edit => {
  const lineEnd = text.slice(edit.start, edit.end).search(LINE_END);
  return lineEnd < 0 ? edit : { ...edit, end: edit.start + lineEnd };
};

/** A text that a stream tells in pieces: its parts, and what is to be edited in the whole. */
type Told = { parts: readonly Part[]; edits: Edit[] };

const joinedText = (text: string, parts: readonly Part[]): string =>
  parts.map(({ start, end }) => text.slice(start, end)).join('');

const toldInPieces = (text: string, events: readonly EventLines[], isCut: boolean): Told[] =>
  joinedParts(text, events)
    // A text that stands in one place was found in the whole already, but for what a cut left of it.
    .filter((parts) => parts.length > 1 || isCut)
    .map((parts) => ({ parts, edits: editsOf(joinedText(text, parts), isCut) }));

/** What was found in the frames alone goes where it stands in a text that is told in pieces, and what is left comes back. */
const dealtOut = (found: readonly Edit[], told: readonly Told[]): Edit[] => {
  const places = told.flatMap((one) => {
    let before = 0;
    return one.parts.map(({ start, end }) => {
      const place = { start, end, told: one, before };
      before += end - start;
      return place;
    });
  });
  places.sort((a, b) => a.start - b.start);
  const left: Edit[] = [];
  byPart(found, places, (place, within) => {
    if (place === null) left.push(...within);
    else {
      const clamped = within.map((edit) => ({ ...edit, end: Math.min(edit.end, place.end) }));
      place.told.edits.push(...moved(clamped, place.before - place.start));
    }
  });
  return left;
};

const redactStream = (text: string, isSse: boolean, isCut: boolean): string => {
  const events = linesOfEvents(text, isSse);
  const told = toldInPieces(text, events, isCut);
  const found = editsOf(text, false).map((edit) => withinLine(text, edit));
  if (found.length === 0 && told.every(({ edits }) => edits.length === 0)) return text;
  const edits: Edit[] = [];
  const lines = events.flatMap((event) => event.lines.map((line) => ({ ...line, isJson: event.isJson })));
  byPart(dealtOut(found, told), lines, (line, within) => {
    if (line?.isJson)
      edits.push(...moved(editsInJson(text.slice(line.start, line.end), moved(within, -line.start)), line.start));
    else edits.push(...within);
  });
  for (const { parts, edits: ofText } of told) {
    if (ofText.length === 0) continue;
    edits.push(...spread(merged(editsInString(joinedText(text, parts), merged(ofText))), parts));
  }
  return applied(text, merged(edits));
};

/** A short text, such as a comment, without personal data. */
export const redactText = (text: string): string => applied(text, editsOf(text, false));

/** A path with its query, or a form, without personal data: a plus is a space there, unless a client forgot that it is. */
export const redactForm = (text: string): string => {
  const edits = editsOf(text, false);
  if (!text.includes('+')) return applied(text, edits);
  return applied(text, merged([...edits, ...editsOf(text.replaceAll(/(?<=[^=])\+/g, ' '), false)]));
};

/** Whether marks must leave a text JSON: by its type, or because it is; a text that only begins like a list is prose. */
const isJson = (text: string, contentType: string): boolean =>
  mediaTypeOf(contentType).endsWith('json') || (/^\s{0,64}[[{"]/.test(text) && parseJson(text) !== undefined);

/**
 * A body's text without personal data; the same string if nothing was found. JSON stays JSON, within its strings too, and a
 * stream keeps its frames: marks stand within strings, and what a stream tells in pieces is cut out of each piece.
 * @param isCut only the beginning of the body is here.
 */
export const redactBody = (text: string, contentType: string, isCut: boolean): string => {
  const form = bodyFormOf({ contentType, text });
  if (form === 'form') return redactForm(text);
  if (form !== 'whole') return redactStream(text, form === 'events', isCut);
  const edits = editsOf(text, isCut);
  if (edits.length === 0) return text;
  return applied(text, isJson(text, contentType) ? merged(editsInJson(text, edits)) : edits);
};

/** A body without what is personal; the same one if nothing was found. What is left has no hash that would tell the rest. */
export const redactedBody = (body: Body): Body => {
  const text = redactBody(body.text, body.contentType, body.state === 'truncated');
  if (text === body.text) return body;
  return { ...body, text, state: body.state === 'full' ? 'redacted' : body.state, sha256: '' };
};
