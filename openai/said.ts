import type { Body } from '../schemas/exchange.ts';
import { eventsOf } from './event-stream.ts';
import { isObject, type Json, parseJson } from './json-value.ts';
import type { CutAnswer } from './kept-answer.ts';
import { bodyFormOf } from './media-type.ts';

/** One event of a stream that is a JSON object. `name` is '' where the stream gives none. */
export type JsonEvent = { name: string; value: Json };

/**
 * What a body says, parsed once: a JSON document, the JSON objects of a stream before `[DONE]`, or no JSON. `isCut`: something
 * in it begins as JSON does and is none.
 */
export type Said =
  | { form: 'document'; value: unknown }
  | { form: 'events'; events: readonly JsonEvent[]; isDone: boolean; isCut: boolean }
  | { form: 'text'; isCut: boolean; isEmpty: boolean };

const BEGINS_JSON = /^\s*[[{]/;
const BEGINS_OBJECT = /^\s*\{/;
const END_MARK = '[DONE]';
/** The type of most bodies, which needs no looking up. */
const JSON_TYPE = 'application/json';
const BYTE_ORDER_MARK = '\uFEFF';
/** What stands before each document of a JSON text sequence (RFC 7464, section 2.2). */
const RECORD_SEPARATOR = '\u001E';

const ofWhole = (text: string): Said => {
  const value = parseJson(text);
  if (value !== undefined) return { form: 'document', value };
  return { form: 'text', isCut: BEGINS_JSON.test(text), isEmpty: text.trim() === '' };
};

/** Heartbeats that servers send as data (`ping`, `null`, a number, nothing) are no part of an answer. */
const ofPieces = (pieces: Iterable<{ name: string; data: string }>): Said => {
  const events: JsonEvent[] = [];
  let isCut = false;
  for (const { name, data } of pieces) {
    const value = BEGINS_OBJECT.test(data) ? parseJson(data) : null;
    if (isObject(value)) events.push({ name, value });
    else if (name === 'error') events.push({ name, value: { error: data } });
    else if (value === undefined) isCut = true;
    else if (data.trim() === END_MARK) return { form: 'events', events, isDone: true, isCut };
  }
  return { form: 'events', events, isDone: false, isCut };
};

const ofLines = (text: string): Said =>
  ofPieces(
    text
      .split(/\r\n|\n|\r/)
      .map((line) => ({ name: '', data: line.startsWith(RECORD_SEPARATOR) ? line.slice(1) : line })),
  );

const isEmptyStream = (said: Said): boolean => said.form === 'events' && said.events.length === 0 && !said.isDone;

/** What a whole body says. A document is taken for one whatever its type: gateways send errors under a stream's. Never throws. */
export const saidIn = ({ contentType, text }: Pick<Body, 'contentType' | 'text'>): Said => {
  const bare = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const isOfLines = contentType !== JSON_TYPE && bodyFormOf({ contentType, text: '' }) === 'lines';
  const whole = isOfLines || !BEGINS_JSON.test(bare) ? undefined : parseJson(bare);
  if (whole !== undefined) return { form: 'document', value: whole };
  const form = bodyFormOf({ contentType, text: bare });
  if (form === 'events') return ofPieces(eventsOf(bare));
  const lines = form === 'lines' ? ofLines(bare) : null;
  return lines === null || isEmptyStream(lines) ? ofWhole(bare) : lines;
};

/** More than a stream's first event takes, and little to read. */
const BEGINNING_CHARACTERS = 8_192;

/** What the first events of a longer stream say, from its first 8 Ki characters; null of anything else. */
export const saidInBeginning = ({ contentType, text }: Pick<Body, 'contentType' | 'text'>): Said | null => {
  const beginning = text.slice(0, BEGINNING_CHARACTERS);
  const form = bodyFormOf({ contentType, text: beginning });
  if (form === 'events') return ofPieces(eventsOf(beginning));
  return form === 'lines' ? ofLines(beginning) : null;
};

const A_FIELD = /(?:^|[\r\n])data:/;

/** What the end of a longer stream says, from its first whole line on; null of anything else. */
export const saidInEnd = ({ contentType, text, end }: CutAnswer): Said | null => {
  const form = bodyFormOf({ contentType, text: text === '' ? end : text });
  if (form !== 'events' && form !== 'lines' && !A_FIELD.test(end)) return null;
  const line = /[\r\n]/.exec(end)?.index;
  if (line === undefined) return null;
  const rest = end.slice(line);
  return form === 'lines' ? ofLines(rest) : ofPieces(eventsOf(rest));
};
