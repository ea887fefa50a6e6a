import { isOwnProtocol } from '../../openai/answer.ts';
import { pathWithoutQuery } from '../../openai/base-url.ts';
import { goesOnFromEarlier } from '../../openai/earlier-turns.ts';
import { isObject, type Json, parseJson } from '../../openai/json-value.ts';
import { contentText, objectAt } from '../../openai/protocols/content.ts';
import { masksIn } from '../../privacy/redact.ts';
import type { Body } from '../../schemas/exchange.ts';
import { atPointer } from '../../schemas/json-pointer.ts';
import type { ChatMessage, ChatRequest, Read } from './chat.ts';
import { chatMessages, promptMessages, responsesMessages } from './request-messages.ts';
import { customToolNames, offeredFunctions } from './tool-schema.ts';

/** A call's path, and of an agent's own protocol a JSON pointer (RFC 6901) to the user's text, '' or nothing where there is none. */
type Asked = { path?: string; requestPath?: string };

const fail = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

const COMPLETIONS_PATH = '/v1/completions';
const RESPONSES_PATH = '/v1/responses';

/** The form that the answer's text is asked to have: chat's `response_format`, or the responses' `text.format`, one level less deep. */
const formatOf = (request: Json): Pick<ChatRequest, 'wantsJson' | 'responseSchema'> => {
  const format = objectAt(request, 'response_format') ?? objectAt(objectAt(request, 'text') ?? {}, 'format');
  const type = format?.['type'];
  const schemaOf = (format && objectAt(format, 'json_schema')) ?? format;
  return { wantsJson: type === 'json_object' || type === 'json_schema', responseSchema: schemaOf?.['schema'] };
};

const referenceOf = (request: Json): string | null => {
  const reference = objectAt(request, 'metadata')?.['reference_answer'];
  return typeof reference === 'string' && reference !== '' ? reference : null;
};

const hasStops = ({ stop, stop_sequences: stops }: Json): boolean =>
  [stop, stops].some((words) => (typeof words === 'string' || Array.isArray(words)) && words.length > 0);

const requestOf = (messages: readonly ChatMessage[], request: Json, body: Body): ChatRequest => ({
  lastUserText: messages.findLast(({ role }) => role === 'user')?.text ?? '',
  messages,
  offered: offeredFunctions(request['tools'] ?? request['functions']),
  offeredCustom: customToolNames(request['tools']),
  ...formatOf(request),
  referenceAnswer: referenceOf(request),
  masks: masksIn(body),
  mayEndAnywhere: hasStops(request),
});

const ofApi = (path: string, request: Json, body: Body): Read<ChatRequest> => {
  // Nothing can be held against such a request alone.
  if (path === RESPONSES_PATH && goesOnFromEarlier(request)) return fail('the request goes on from what is not in it');
  const read = path === RESPONSES_PATH ? responsesMessages : path === COMPLETIONS_PATH ? promptMessages : chatMessages;
  const messages = read(request);
  if (messages === null) return fail('the request is none of the form of its API');
  const asked = requestOf(messages, request, body);
  return { ok: true, value: path === COMPLETIONS_PATH ? { ...asked, mayEndAnywhere: true } : asked };
};

/**
 * The parts of a request that scorers need: of chat completions and Anthropic's messages, of completions and responses by their
 * paths, and of an agent's own protocol what stands at `requestPath`, else what has the form of a chat. Never throws.
 */
export const readRequest = (body: Body, { path = '', requestPath = '' }: Asked = {}): Read<ChatRequest> => {
  if (body.state !== 'full' && body.state !== 'redacted') return fail(`request: the captured body is ${body.state}`);
  const value = parseJson(body.text);
  const userText = requestPath !== '' && isOwnProtocol(path) ? contentText(atPointer(value, requestPath)) : '';
  if (userText !== '') {
    const messages = [{ role: 'user', text: userText, toolCalls: [] }];
    return { ok: true, value: requestOf(messages, isObject(value) ? value : {}, body) };
  }
  return isObject(value) ? ofApi(pathWithoutQuery(path), value, body) : fail('the request is no JSON object');
};
