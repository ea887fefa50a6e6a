import { bodyFormOf, mediaTypeOf } from '../openai/media-type.ts';
import type { Body } from '../schemas/exchange.ts';
import { BODY_STEPS, type Effort, spend, STEPS, unlimited } from './effort.ts';
import { findPii } from './find-pii.ts';
import { parseJson } from '../openai/json-value.ts';
import { type Edit, editsInJson, editsInString, moved } from './json-layers.ts';
import { disowned, markOf, marksIn } from './mark.ts';
import type { Part } from './part.ts';
import type { PiiHit } from './pii-hit.ts';
import { mappedText, plainText } from './plain-text.ts';
import { type EventLines, joinedParts, linesOfEvents } from './stream-text.ts';

/**
 * How a text is read: `isCut`, whether only its beginning is here; `shown`, the marks in what its writer was shown; `effort`, what
 * it may cost, after which what is found is not all.
 */
type How = { isCut: boolean; shown: ReadonlySet<string>; effort: Effort };

const NOTHING_SHOWN: ReadonlySet<string> = new Set();
const wholeOf = (shown = NOTHING_SHOWN): How => ({ isCut: false, shown, effort: unlimited() });

/** `kind` is `mark` of a mark that somebody wrote: it is no personal data, and must not pass for some that was masked. */
type Found = Edit & { kind: PiiHit['kind'] | 'mark' };

/** Marks that somebody wrote, but for what they were shown, and for those in what is cut out anyway. */
const writtenMarks = (plain: string, hits: readonly Found[], { shown, effort }: How): Found[] => {
  let next = 0;
  const marks = marksIn(plain);
  if (!spend(effort, STEPS.hit * marks.length)) return [];
  return marks.flatMap(({ mark, start, end }): Found[] => {
    while (next < hits.length && hits[next]!.end <= start) next += 1;
    const isCutOut = next < hits.length && hits[next]!.start < end;
    return isCutOut || shown.has(mark) ? [] : [{ kind: 'mark', start, end, mark: disowned(mark) }];
  });
};

/** Where in `raw`, with its escapes, what is to be edited in its plain text is. */
export const editsOf = (raw: string, how: How = wholeOf()): Found[] => {
  const plain = plainText(raw);
  const hits: Found[] = findPii(plain, how.isCut, how.effort).map((hit) => ({ ...hit, mark: markOf(hit.kind) }));
  const written = writtenMarks(plain, hits, how);
  if (hits.length + written.length === 0) return [];
  const { starts, ends } = mappedText(raw, how.effort);
  if (how.effort.left < 0) return [];
  return [...hits, ...written]
    .sort((a, b) => a.start - b.start)
    .map((hit) => ({ ...hit, start: starts[hit.start]!, end: ends[hit.end - 1]! }));
};

/** Marks that somebody wrote are let stand where nothing was masked that they could be taken for. */
const isNothing = (edits: readonly Found[]): boolean => edits.every(({ kind }) => kind === 'mark');

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
const byPart = <P extends Part, E extends Edit>(
  edits: readonly E[],
  parts: readonly P[],
  each: (part: P | null, within: E[]) => void,
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
const withinLine = (text: string, edit: Found): Found => {
  const lineEnd = text.slice(edit.start, edit.end).search(LINE_END);
  return lineEnd < 0 ? edit : { ...edit, end: edit.start + lineEnd };
};

/** A text that a stream tells in pieces: its parts, and what is to be edited in the whole. */
type Told = { parts: readonly Part[]; text: string; edits: Found[] };

const joinedText = (text: string, parts: readonly Part[]): string =>
  parts.map(({ start, end }) => text.slice(start, end)).join('');

const toldInPieces = (text: string, events: readonly EventLines[], how: How): Told[] =>
  joinedParts(text, events, how.effort)
    // A text that stands in one place was found in the whole already, but for what a cut left of it.
    .filter((parts) => parts.length > 1 || how.isCut)
    .map((parts) => {
      if (!spend(how.effort, STEPS.told)) return { parts, text: '', edits: [] };
      const whole = joinedText(text, parts);
      return { parts, text: whole, edits: editsOf(whole, how) };
    });

/** Kinds that are told by their form alone, without a check digit or a sign of their own: `024-05-0` is a part of a date. */
const BY_FORM: ReadonlySet<Found['kind']> = new Set(['phone', 'ssn', 'ip', 'birthdate']);
const ENDS_IN_WORD = /(?<!\\)[A-Za-z0-9]$/;
const BEGINS_WITH_WORD = /^[A-Za-z0-9]/;

/** Whether what was found at an edge of a piece goes on in the one beside it: then only the whole text tells what it is. */
const isSeenInPart = ({ text }: Told, piece: Part, { kind, start, end }: Found): boolean =>
  BY_FORM.has(kind) &&
  ((start === piece.start && ENDS_IN_WORD.test(text.slice(Math.max(0, start - 2), start))) ||
    (end === piece.end && BEGINS_WITH_WORD.test(text.slice(end, end + 1))));

/** What was found in the frames alone goes where it stands in a text that is told in pieces, and what is left comes back. */
const dealtOut = (found: readonly Found[], told: readonly Told[]): Found[] => {
  const places = told.flatMap((one) => {
    let before = 0;
    return one.parts.map(({ start, end }) => {
      const place = { start, end, told: one, before };
      before += end - start;
      return place;
    });
  });
  places.sort((a, b) => a.start - b.start);
  const left: Found[] = [];
  byPart(found, places, (place, within) => {
    if (place === null) left.push(...within);
    else {
      const clamped = within.map((edit) => ({ ...edit, end: Math.min(edit.end, place.end) }));
      const piece = { start: place.before, end: place.before + place.end - place.start };
      const edits = moved(clamped, place.before - place.start);
      place.told.edits.push(...edits.filter((edit) => !isSeenInPart(place.told, piece, edit)));
    }
  });
  return left;
};

const redactStream = (text: string, isSse: boolean, how: How): string => {
  const events = linesOfEvents(text, isSse, how.effort);
  const told = toldInPieces(text, events, how);
  const found = editsOf(text, { ...how, isCut: false }).map((edit) => withinLine(text, edit));
  if (how.effort.left < 0) return text;
  if (isNothing(found) && told.every(({ edits }) => isNothing(edits))) return text;
  const edits: Edit[] = [];
  const lines = events.flatMap((event) => event.lines.map((line) => ({ ...line, isJson: event.isJson })));
  byPart(dealtOut(found, told), lines, (line, within) => {
    if (line?.isJson)
      edits.push(...moved(editsInJson(text.slice(line.start, line.end), moved(within, -line.start)), line.start));
    else edits.push(...within);
  });
  for (const { parts, text: whole, edits: ofText } of told) {
    if (ofText.length === 0) continue;
    edits.push(...spread(merged(editsInString(whole, merged(ofText))), parts));
  }
  return applied(text, merged(edits));
};

/** A short text, such as a comment, without personal data. */
export const redactText = (text: string): string => {
  const edits = editsOf(text);
  return isNothing(edits) ? text : applied(text, edits);
};

/** A path with its query, or a form, without personal data: a plus is a space there, unless a client forgot that it is. */
export const redactForm = (text: string, how = wholeOf()): string => {
  const asSpaces = text.includes('+') ? editsOf(text.replaceAll(/(?<=[^=])\+/g, ' '), how) : [];
  const edits = [...editsOf(text, how), ...asSpaces];
  return isNothing(edits) ? text : applied(text, merged(edits));
};

/** The marks that redaction put into a body: what looks like one where nothing was masked is what somebody wrote. */
export const masksIn = ({ state, text }: Body): ReadonlySet<string> =>
  new Set(state === 'redacted' ? marksIn(text).map(({ mark }) => mark) : []);

/** Whether marks must leave a text JSON: by its type, or because it is; a text that only begins like a list is prose. */
const isJson = (text: string, contentType: string): boolean =>
  mediaTypeOf(contentType).endsWith('json') || (/^\s{0,64}[[{"]/.test(text) && parseJson(text) !== undefined);

/**
 * A body's text without personal data; the same string if nothing was found. JSON stays JSON, within its strings too, and a
 * stream keeps its frames: marks stand within strings, and what a stream tells in pieces is cut out of each piece. Where something
 * was masked, a mark that stood there before is written small, so that each mark left is redaction's own, or stands in what the
 * writer was shown.
 * @param isCut only the beginning of the body is here.
 * @param shown of an answer to a request that was redacted before: the marks in that, which it may repeat.
 */
export const redactBody = (
  text: string,
  contentType: string,
  isCut: boolean,
  shown = NOTHING_SHOWN,
  effort = unlimited(),
): string => {
  const form = bodyFormOf({ contentType, text });
  const how = { isCut, shown, effort };
  if (form === 'form') return redactForm(text, { ...how, isCut: false });
  if (form !== 'whole') return redactStream(text, form === 'events', how);
  const edits = editsOf(text, how);
  if (isNothing(edits) || effort.left < 0) return text;
  return applied(text, isJson(text, contentType) ? merged(editsInJson(text, edits)) : edits);
};

/**
 * A body without what is personal; the same one if nothing was found. What is left has no hash that would tell the rest. A body that
 * would cost more than `BODY_STEPS` keeps nothing but its size: it is `hashed`, and of a hash its numbers could be told.
 * @param shown see `redactBody`.
 * @param contentType how it is read, where another than what its sender says.
 */
export const redactedBody = (body: Body, shown = NOTHING_SHOWN, contentType = body.contentType): Body => {
  const effort = { left: BODY_STEPS };
  const text = redactBody(body.text, contentType, body.state === 'truncated', shown, effort);
  if (effort.left < 0) return { ...body, text: '', state: 'hashed', sha256: '' };
  if (text === body.text) return body;
  return { ...body, text, state: body.state === 'full' ? 'redacted' : body.state, sha256: '' };
};
