import { atPointer } from '../schemas/json-pointer.ts';
import type { Body } from '../schemas/exchange.ts';
import { pathWithoutQuery } from './base-url.ts';
import { isObject, type Json } from './json-value.ts';
import { ANTHROPIC } from './protocols/anthropic.ts';
import { CHAT } from './protocols/chat.ts';
import { contentText, textOrNull } from './protocols/content.ts';
import { EMBEDDINGS } from './protocols/embeddings.ts';
import { answered, type Protocol } from './protocols/protocol.ts';
import { RESPONSES } from './protocols/responses.ts';
import { toldError, toldErrorIn } from './protocols/told-error.ts';
import type { Reading } from './reading.ts';
import { type Said, saidIn } from './said.ts';

/**
 * How an answer is to be read: the path of its call, with or without a query, and of an agent's own protocol a JSON pointer (RFC
 * 6901) to its text, '' where there is none.
 */
export type Asked = { path: string; answerPath: string };

/** The same of an exchange; those from before the field have no pointer. */
export const askedOf = ({ path, answerPath = '' }: { path: string; answerPath?: string }): Asked => ({
  path,
  answerPath,
});

const API: ReadonlyMap<string, Protocol> = new Map([
  ['/v1/chat/completions', CHAT],
  ['/v1/completions', CHAT],
  ['/v1/responses', RESPONSES],
  ['/v1/embeddings', EMBEDDINGS],
  ['/v1/messages', ANTHROPIC],
]);
/** What an agent's own protocol may be, by the form of its body. */
const BY_FORM: readonly Protocol[] = [CHAT, RESPONSES, ANTHROPIC];

/** Whether a call is in the agent's own protocol, of which nothing is known but what its document says. */
export const isOwnProtocol = (path: string): boolean => path.startsWith('/agents/');

const UNKNOWN: Reading = {
  kind: 'unknown',
  reason:
    'the answer is in a protocol of the agent’s own; spec.http.answerPath in the agent’s document says where its text stands',
};
const IS_CUT: Reading = { kind: 'broken', reason: 'a part of the answer is half a JSON document' };
const none = (reason: string): Reading => ({ kind: 'none', reason });

const ofText = ({ isCut, isEmpty }: { isCut: boolean; isEmpty: boolean }): Reading =>
  isCut ? IS_CUT : none(isEmpty ? 'the answer is empty' : 'the answer is no JSON');

/** By the one API that the path names. */
const ofApi = (said: Said, protocol: Protocol): Reading => {
  if (said.form === 'text') return ofText(said);
  const told = toldIn(said);
  if (told !== null) return told;
  if (said.form === 'document')
    return (isObject(said.value) ? protocol.ofDocument(said.value) : null) ?? none(`the answer is no ${protocol.name}`);
  const read = protocol.ofEvents(said.events, said.isDone);
  if (read?.kind === 'error') return read;
  if (said.isCut) return IS_CUT;
  return read ?? none(`the stream is no ${protocol.name}`);
};

const toldIn = (said: Said): Reading | null => {
  if (said.form === 'text') return null;
  const reason =
    said.form === 'events' ? toldErrorIn(said.events) : isObject(said.value) ? toldError(said.value) : null;
  return reason === null ? null : { kind: 'error', reason };
};

/** The text at the pointer, of a stream that of all its events. */
const pointedText = (said: Said, answerPath: string): string => {
  const at = (value: unknown): string => contentText(atPointer(value, answerPath));
  if (said.form === 'events') return said.events.map(({ value }) => at(value)).join('');
  return said.form === 'document' ? at(said.value) : '';
};

/** Whether a text stands at the pointer at all, were it an empty one. */
const hasPointed = (said: Said, answerPath: string): boolean => {
  const has = (value: unknown): boolean => {
    const found = atPointer(value, answerPath);
    return found === '' || found === null;
  };
  if (said.form === 'events') return said.events.some(({ value }) => has(value));
  return said.form === 'document' && has(said.value);
};

/** The first API of whose form it is. */
const byForm = (read: (protocol: Protocol) => Reading | null): Reading => {
  for (const protocol of BY_FORM) {
    const reading = read(protocol);
    if (reading !== null) return reading;
  }
  return UNKNOWN;
};

/** Of an agent's own protocol nothing is promised: only an answer and an error are known for what they are. */
const ofOwn = (said: Said, answerPath: string): Reading => {
  const text = answerPath === '' ? '' : pointedText(said, answerPath);
  if (text !== '') return answered({ text: textOrNull(text), refusal: '', calls: [], finishReason: null });
  const told = toldIn(said);
  if (told !== null) return told;
  if (said.form === 'text') return UNKNOWN;
  if (answerPath !== '' && hasPointed(said, answerPath))
    return answered({ text: null, refusal: '', calls: [], finishReason: null });
  const document: Json | null = said.form === 'document' && isObject(said.value) ? said.value : null;
  const read = byForm((protocol) => {
    if (said.form === 'events') return protocol.ofEvents(said.events, said.isDone);
    return document === null ? null : protocol.ofDocument(document);
  });
  return read.kind === 'broken' ? { ...read, kind: 'unknown' } : read;
};

/** What a body says as an answer to such a call. Never throws. */
export const readingOf = (said: Said, { path, answerPath }: Asked): Reading => {
  const protocol = API.get(pathWithoutQuery(path));
  return protocol === undefined ? ofOwn(said, answerPath) : ofApi(said, protocol);
};

/**
 * What a captured answer says: of chat, completions, responses, embeddings and Anthropic's messages, plain or streamed, by the path
 * of its call; of an agent's own protocol at its pointer, else by its form. The one reader of answers; never throws.
 */
export const readAnswer = (body: Pick<Body, 'state' | 'contentType' | 'text'>, asked: Asked): Reading => {
  const { state } = body;
  if (state !== 'full' && state !== 'redacted') return { kind: 'absent', reason: `the captured body is ${state}` };
  return readingOf(saidIn(body), asked);
};
