import { type Effort, spend, STEPS } from './effort.ts';
import { stringEnd } from './json-layers.ts';
import type { Part } from './part.ts';

/** Strings of a stream's events that say the same in each or are made up: putting them together would make numbers of them. */
const CONSTANTS: ReadonlySet<string> = new Set(
  'id object model type event role status name system_fingerprint service_tier finish_reason stop_reason obfuscation'.split(
    ' ',
  ),
);
const isConstant = (key: string): boolean => CONSTANTS.has(key) || key.endsWith('_id');
/** Members that tell to which of several texts an event's pieces belong. */
const isIndex = (key: string): boolean => key.endsWith('index');
const MAX_DEPTH = 64;

/** A place in a JSON document: `name` is a member's key or the element's number, with the indices that its object has. */
type Place = { parent: Place | null; name: string; isArray: boolean; isKey: boolean; key: string; elements: number };

const QUOTE = 34;

const pathOf = (place: Place | null): string => {
  let path = '';
  for (let at = place; at !== null; at = at.parent) path = `${at.name}/${path}`;
  return path;
};

type PiecesByPath = Map<string, Part[]>;

const addPiece = (pieces: PiecesByPath, path: string, part: Part): void => {
  const known = pieces.get(path);
  if (known === undefined) pieces.set(path, [part]);
  else known.push(part);
};

/** Collects the string values of the JSON between two places. Never fails: what is no JSON gives fewer strings. */
const addStrings = (text: string, { start, end }: Part, pieces: PiecesByPath, effort: Effort): void => {
  const strings: { place: Place; key: string; part: Part }[] = [];
  let place: Place = { parent: null, name: '', isArray: false, isKey: false, key: '', elements: 0 };
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const close = stringEnd(text, at + 1, end);
        if (place.isKey) place.key = text.slice(at + 1, Math.min(close, at + 65));
        else if (!spend(effort, STEPS.string + (Math.min(depth, MAX_DEPTH) >> 2))) return;
        else if (close > at + 1 && !isConstant(place.key))
          strings.push({ place, key: place.key, part: { start: at + 1, end: close } });
        at = close;
        break;
      }
      case 123: // {
      case 91: {
        // [
        depth += 1;
        if (depth > MAX_DEPTH) break;
        const isArray = text.charCodeAt(at) === 91;
        const name = place.isArray ? String(place.elements) : place.key;
        place = { parent: place, name, isArray, isKey: !isArray, key: '', elements: 0 };
        break;
      }
      case 125: // }
      case 93: // ]
        if (depth <= MAX_DEPTH && place.parent !== null) place = place.parent;
        depth = Math.max(0, depth - 1);
        break;
      case 58: // :
        place.isKey = false;
        if (isIndex(place.key)) place.name += `#${/^\s{0,4}(\d{1,9})/.exec(text.slice(at + 1, at + 14))?.[1] ?? ''}`;
        break;
      case 44: // ,
        place.isKey = !place.isArray;
        place.elements += 1;
        break;
    }
  }
  for (const { place, key, part } of strings) addPiece(pieces, `${pathOf(place)}${key}`, part);
};

/** Behind white space, and the mark with which a record of a JSON sequence begins (RFC 7464). */
const isJson = (text: string, { start, end }: Part): boolean => {
  let at = start;
  while (at < end && text.charCodeAt(at) <= 32) at += 1;
  return at < end && (text[at] === '{' || text[at] === '[');
};

/** What one event of a stream says, line by line. */
export type EventLines = { lines: readonly Part[]; isJson: boolean };

const eventOf = (text: string, lines: readonly Part[]): EventLines => ({ lines, isJson: isJson(text, lines[0]!) });

/** Events of server-sent events (WHATWG HTML, section 9.2.6): the data lines up to an empty line; of NDJSON: each line. */
export const linesOfEvents = (text: string, isSse: boolean, effort: Effort): EventLines[] => {
  const events: EventLines[] = [];
  let event: Part[] = [];
  const LINE = /\r\n|\n|\r|$/g;
  for (let start = text.startsWith('\uFEFF') ? 1 : 0; start < text.length;) {
    if (!spend(effort, STEPS.line)) return events;
    LINE.lastIndex = start;
    const { 0: mark, index: end } = LINE.exec(text)!;
    if (!isSse) events.push(eventOf(text, [{ start, end }]));
    else if (text.startsWith('data:', start)) event.push({ start: start + (text[start + 5] === ' ' ? 6 : 5), end });
    else if (start === end && event.length > 0) {
      events.push(eventOf(text, event));
      event = [];
    }
    start = end + Math.max(1, mark.length);
  }
  return event.length > 0 ? [...events, eventOf(text, event)] : events;
};

/**
 * The texts that a stream tells in pieces: for each place in its events the parts of the body whose contents, put together,
 * are one text. JSON strings are told apart by the place they have in their event; events that are no JSON are one text.
 */
export const joinedParts = (text: string, events: readonly EventLines[], effort: Effort): Part[][] => {
  const pieces: PiecesByPath = new Map();
  for (const event of events)
    for (const line of event.lines)
      if (event.isJson) addStrings(text, line, pieces, effort);
      else addPiece(pieces, '', line);
  return [...pieces.values()];
};
