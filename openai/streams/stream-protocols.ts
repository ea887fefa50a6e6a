import type { StreamEvent } from '../event-stream.ts';
import { isObject, objectsIn } from '../json-value.ts';
import type { Json } from '../json-value.ts';
import { stringOf } from '../protocols/content.ts';
import { isError } from '../protocols/told-error.ts';

/**
 * What one event says. `isContent`: a piece of the answer. `isWork`: no piece of it, but more than a sign of life. `ends`: the
 * stream's end, or that it failed. `choices`: those it speaks of.
 */
export type Heard = {
  isContent?: boolean;
  isWork?: boolean;
  ends?: 'whole' | 'told';
  choices?: readonly { index: unknown; isFinished: boolean }[];
};

/** How the streams of one API are read. */
export type StreamProtocol = {
  /** Whether by its bytes an event is surely none that ends a stream. Cheap, since it is asked of every event. */
  isMiddle: (event: Buffer) => boolean;
  /** `document`: the event's data, if that is a JSON object. */
  read: (event: StreamEvent, document: Json | null) => Heard;
};

const NOTHING: Heard = {};
const CONTENT: Heard = { isContent: true };
const WHOLE: Heard = { ends: 'whole' };
const TOLD: Heard = { ends: 'told' };

const isFilled = (value: unknown): boolean => {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : typeof value === 'number';
};

const BEAT = /^["[]?(?:ping|pong|heart[-_ ]?beat|keep[-_ ]?alive)["\]]?$/i;
const EMPTY_DATA = /^(?:null|true|false|""|-?\d+(?:\.\d+)?|\{\s*\}|\[\s*\])?$/;
/** Where a heartbeat that is a document says that it is one. */
const KINDS = ['type', 'event', 'object'];

/** Signs of life that servers and proxies send while there is nothing to say; each has its own. */
const isHeartbeat = ({ name, data }: StreamEvent, document: Json | null): boolean => {
  const text = data.trim();
  if (EMPTY_DATA.test(text) || BEAT.test(text) || BEAT.test(name)) return true;
  return document !== null && KINDS.some((kind) => BEAT.test(stringOf(document[kind])));
};

const isDone = ({ data }: StreamEvent): boolean => data.trim() === '[DONE]';

/** The shapes of an error in the place of an answer: OpenAI's, those of gateways, vLLM's, Anthropic's, a choice's. */
const tellsError = ({ name }: StreamEvent, document: Json | null): boolean =>
  name === 'error' ||
  (document !== null &&
    (isError(document['error']) ||
      document['object'] === 'error' ||
      document['type'] === 'error' ||
      objectsIn(document['choices']).some((choice) => choice['finish_reason'] === 'error')));

/** What a delta has that is none of the answer. */
const NO_CONTENT: ReadonlySet<string> = new Set(['role', 'name', 'provider_specific_fields', 'content_filter_results']);

const hasContent = (choice: Json): boolean => {
  const part = [choice['delta'], choice['message']].find(isObject);
  if (part === undefined) return isFilled(choice['text']);
  return Object.entries(part).some(([name, value]) => !NO_CONTENT.has(name) && isFilled(value));
};

/** Chat and text completions: chunks with choices, each of which says when it is finished; then `[DONE]`. */
const readChunk = (event: StreamEvent, document: Json | null): Heard => {
  if (isDone(event)) return WHOLE;
  if (tellsError(event, document)) return TOLD;
  if (isHeartbeat(event, document)) return NOTHING;
  if (!Array.isArray(document?.['choices'])) return CONTENT;
  const choices = objectsIn(document['choices']);
  return {
    isContent: choices.some(hasContent),
    choices: choices.map((choice) => ({
      index: choice['index'] ?? 0,
      isFinished: stringOf(choice['finish_reason']) !== '',
    })),
  };
};

/** What an event has in it that may end a chat; null and '' are no reason to finish. */
const MAY_END_CHAT = /error|\[DONE\]|"finish_reason"[ :]*(?:[^ :n"]|"[^"])/;

export const CHAT: StreamProtocol = {
  isMiddle: (event) => !MAY_END_CHAT.test(event.toString('latin1')),
  read: readChunk,
};

const RESPONSE_ENDS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
]);
const MAY_END_RESPONSE = /error|response\.(?:completed|incomplete|failed)/;
/** How nearly every event of a response begins: with its name, as a field or in its data. */
const RESPONSE_NAME = /^(?:event: ?(response\.[\w.]+)[\r\n]|data: ?\{\s*"type"\s*:\s*"(response\.[\w.]+)")/;
const NAME_WITHIN = 96;

const isMiddleOfResponse = (event: Buffer): boolean => {
  const match = RESPONSE_NAME.exec(event.toString('latin1', 0, NAME_WITHIN));
  const name = match?.[1] ?? match?.[2];
  return name === undefined ? !MAY_END_RESPONSE.test(event.toString('latin1')) : !RESPONSE_ENDS.has(name);
};

const isPieceOfResponse = (type: string, document: Json): boolean => {
  if (type.endsWith('.delta')) return isFilled(document['delta'] ?? 'something');
  return type.endsWith('.done') || type.endsWith('.partial_image');
};

const TYPE_FIRST = /^\{\s*"type"\s*:\s*"(response\.[\w.]+)"/;

/** The name of an event, else the type in its data: of what is too long to be held, as a picture may be, only the beginning is known. */
const typeOfResponseEvent = ({ name, data }: StreamEvent, document: Json | null): string => {
  if (name.startsWith('response.')) return name;
  return document === null ? (TYPE_FIRST.exec(data)?.[1] ?? '') : stringOf(document['type']);
};

/** `/v1/responses`: events have names, which stand in their data too; the last one has the whole response within. */
const readResponseEvent = (event: StreamEvent, document: Json | null): Heard => {
  const type = typeOfResponseEvent(event, document);
  const response = isObject(document?.['response']) ? document['response'] : {};
  if (type === 'response.failed' || response['status'] === 'failed' || tellsError(event, document)) return TOLD;
  if (type === 'response.completed' || type === 'response.incomplete')
    return { isContent: isFilled(response['output']), ends: 'whole' };
  if (isDone(event) || isHeartbeat(event, document)) return NOTHING;
  if (!type.startsWith('response.') || document === null) return CONTENT;
  return { isContent: isPieceOfResponse(type, document), isWork: true };
};

export const RESPONSE: StreamProtocol = { isMiddle: isMiddleOfResponse, read: readResponseEvent };

const MESSAGE_EVENT = /^(?:message_(?:start|delta|stop)|content_block_(?:start|delta|stop))$/;

/** Anthropic's Messages. */
const readMessageEvent = (type: string, document: Json): Heard => {
  if (type === 'message_stop') return WHOLE;
  const part = [document['delta'], document['content_block']].find(isObject) ?? {};
  const isBlock = type.startsWith('content_block_') && part['type'] !== 'signature_delta';
  const isNamed = part['type'] === 'tool_use' || part['type'] === 'server_tool_use';
  return { isContent: isBlock && (isNamed || ['text', 'thinking', 'partial_json'].some((key) => isFilled(part[key]))) };
};

/** The last word of any protocol that is known, wherever it stands in an event. */
const MAY_END_ANY = /\[DONE\]|message_stop|response\.(?:completed|incomplete|failed)/;

/** An agent's own protocol: any event that is no heartbeat is content, unless it is one of a protocol that is known. */
export const ANY: StreamProtocol = {
  isMiddle: (event) => !MAY_END_ANY.test(event.toString('latin1')),
  read: (event, document) => {
    if (isDone(event)) return WHOLE;
    if (isHeartbeat(event, document)) return NOTHING;
    const type = stringOf(document?.['type']);
    if (document === null) return CONTENT;
    if (MESSAGE_EVENT.test(type)) return readMessageEvent(type, document);
    if (type.startsWith('response.')) return readResponseEvent(event, document);
    return Array.isArray(document['choices']) ? readChunk(event, document) : CONTENT;
  },
};
