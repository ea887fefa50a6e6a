/** A part of a body, in UTF-16 units, `end` exclusive. */
export type Part = { start: number; end: number };

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
const BACKSLASH = 92;

/** Where the string that begins after `from - 1` ends: its closing quote, or `end` if it has none. */
const stringEnd = (text: string, from: number, end: number): number => {
  for (let at = text.indexOf('"', from); at >= 0 && at < end; at = text.indexOf('"', at + 1)) {
    let slashes = at - 1;
    while (slashes >= from && text.charCodeAt(slashes) === BACKSLASH) slashes -= 1;
    if ((at - slashes) % 2 === 1) return at;
  }
  return end;
};

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
const addStrings = (text: string, start: number, end: number, pieces: PiecesByPath): void => {
  const strings: { place: Place; key: string; part: Part }[] = [];
  let place: Place = { parent: null, name: '', isArray: false, isKey: false, key: '', elements: 0 };
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const close = stringEnd(text, at + 1, end);
        if (place.isKey) place.key = text.slice(at + 1, Math.min(close, at + 65));
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

const isJson = (text: string, at: number): boolean => text[at] === '{' || text[at] === '[';

/** Events of server-sent events (WHATWG HTML, section 9.2.6): the data lines up to an empty line; of NDJSON: each line. */
const eventsOf = (text: string, isSse: boolean): Part[][] => {
  const events: Part[][] = [];
  let event: Part[] = [];
  const LINE = /\r\n|\n|\r|$/g;
  for (let start = 0; start < text.length;) {
    LINE.lastIndex = start;
    const { 0: mark, index: end } = LINE.exec(text)!;
    if (!isSse) events.push([{ start, end }]);
    else if (text.startsWith('data:', start)) event.push({ start: start + (text[start + 5] === ' ' ? 6 : 5), end });
    else if (start === end && event.length > 0) {
      events.push(event);
      event = [];
    }
    start = end + Math.max(1, mark.length);
  }
  return event.length > 0 ? [...events, event] : events;
};

/**
 * The texts that a stream tells in pieces: for each place in its events the parts of the body whose contents, put together,
 * are one text. JSON strings are told apart by the place they have in their event; events that are no JSON are one text.
 */
export const joinedParts = (text: string, isSse: boolean): Part[][] => {
  const pieces: PiecesByPath = new Map();
  for (const lines of eventsOf(text, isSse)) {
    const first = lines[0]!;
    if (isJson(text, first.start)) for (const { start, end } of lines) addStrings(text, start, end, pieces);
    else for (const line of lines) addPiece(pieces, '', line);
  }
  return [...pieces.values()];
};
