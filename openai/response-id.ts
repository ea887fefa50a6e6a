import { eventsOf } from './event-stream.ts';
import { parseJson } from './json-value.ts';

/** A whole string, or a character that structures a document; a quote alone begins a string that was cut off. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|["{}[\],:]/gs;

const OPENING: ReadonlySet<string> = new Set(['{', '[']);
const CLOSING: ReadonlySet<string> = new Set(['}', ']']);

const stringOf = (token: string): string | null => {
  const value = token.startsWith('"') ? parseJson(token) : null;
  return typeof value === 'string' && value !== '' ? value : null;
};

/**
 * The string to which these names lead, from the top of a JSON object. Of the object's text only so much is needed as
 * comes before that, so that the beginning of a long answer will do. Null if there is none, or what is there is no string.
 */
const stringAt = (json: string, names: readonly string[]): string | null => {
  let depth = 0;
  /** Names found so far: members count at the depth that they lead to. */
  let found = 0;
  let before = '';
  let isNext = false;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '"' || (depth === 0 && token !== '{')) return null;
    if (isNext && token !== ':') {
      if (found === names.length - 1) return stringOf(token);
      isNext = false;
      if (token === '{') found += 1;
    } else if (depth === found + 1 && (before === '{' || before === ',') && token.startsWith('"'))
      isNext = parseJson(token) === names[found];
    if (OPENING.has(token)) depth += 1;
    else if (CLOSING.has(token)) depth -= 1;
    if (depth <= found) return null;
    before = token;
  }
  return null;
};

/** In most answers the id stands here. */
const ID_WITHIN_BYTES = 4_096;

const idIn = (text: string): string | null => {
  if (text.trimStart().startsWith('{')) return stringAt(text, ['id']);
  for (const { data } of eventsOf(text)) {
    const id = stringAt(data, ['response', 'id']);
    if (id !== null) return id;
  }
  return null;
};

/**
 * The id by which a later request may go on from an answer of `/v1/responses`, plain or streamed, whatever its form: each
 * server has its own. Null if the answer has none.
 * @param answer the whole answer, or its beginning.
 */
export const responseIdOf = (answer: Buffer): string | null =>
  idIn(answer.toString('utf8', 0, ID_WITHIN_BYTES)) ??
  (answer.length > ID_WITHIN_BYTES ? idIn(answer.toString('utf8')) : null);
