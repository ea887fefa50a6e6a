import { joinedStream } from './event-stream.ts';
import type { Body } from '../schemas/exchange.ts';
import { type Json, isObject, objectsIn, parseJson } from './json-value.ts';

/** One call of a tool as the model wrote it: `arguments` is JSON unless the model failed at that. `id` is '' where nobody can answer it. */
export type AnswerCall = { id: string; name: string; arguments: string };

/** What an answer says: its first choice. `text` is null where it says nothing, as beside calls of tools. */
export type Answer = { text: string | null; calls: readonly AnswerCall[]; finishReason: string | null };

const MAX_CALLS = 256;

const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const nameOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Plain text, or the texts of content parts. */
const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsIn(content)
        .map((part) => stringOf(part['text'] ?? part['refusal']))
        .join('');

const orNull = (text: string): string | null => (text === '' ? null : text);

/** A piece of a call, or all of it. Calls of custom tools carry free text, and no round can answer them. */
const callOf = (call: Json): AnswerCall => {
  if (isObject(call['function'])) {
    const { name, arguments: args } = call['function'];
    return { id: stringOf(call['id']), name: stringOf(name), arguments: stringOf(args) };
  }
  const custom = isObject(call['custom']) ? call['custom'] : {};
  return { id: '', name: stringOf(custom['name']), arguments: stringOf(custom['input']) };
};

const ofChoice = (choice: Json): Answer => {
  const message = isObject(choice['message']) ? choice['message'] : { content: choice['text'] };
  const text = textOf(message['content']) || stringOf(message['refusal']);
  return {
    text: orNull(text),
    calls: objectsIn(message['tool_calls']).map(callOf),
    finishReason: nameOr(choice['finish_reason']),
  };
};

/** Of the responses API: its output is a list of items, messages and calls among them. */
const ofOutput = (answer: Json): Answer => {
  const items = objectsIn(answer['output']);
  return {
    text: orNull(items.map(({ type, content }) => (type === 'message' ? textOf(content) : '')).join('')),
    calls: items
      .filter(({ type }) => type === 'function_call')
      .map((item) => ({ id: '', name: stringOf(item['name']), arguments: stringOf(item['arguments']) })),
    finishReason: nameOr(answer['status']),
  };
};

const ofPlain = (value: unknown): Answer | null => {
  if (!isObject(value)) return null;
  const choice = objectsIn(value['choices'])[0];
  if (choice && (isObject(choice['message']) || typeof choice['text'] === 'string')) return ofChoice(choice);
  return Array.isArray(value['output']) ? ofOutput(value) : null;
};

/** Adds one delta's pieces of calls. Without an index, a piece with an id begins the next call. */
const addCalls = (calls: AnswerCall[], pieces: unknown): void => {
  for (const piece of objectsIn(pieces)) {
    const given = piece['index'];
    const at = typeof given === 'number' ? given : piece['id'] ? calls.length : Math.max(0, calls.length - 1);
    if (!Number.isInteger(at) || at < 0 || at >= MAX_CALLS) continue;
    const { id, name, arguments: args } = callOf(piece);
    const before = calls[at] ?? { id: '', name: '', arguments: '' };
    calls[at] = { id: before.id || id, name: before.name + name, arguments: before.arguments + args };
  }
};

const ofStream = (body: string): Answer | null => {
  const { events, done } = joinedStream(body);
  const calls: AnswerCall[] = [];
  let text = '';
  let finishReason: string | null = null;
  let isChat = false;
  for (const event of events.map(parseJson).filter(isObject)) {
    if (isObject(event['response']) && /^response\.(completed|incomplete)$/.test(stringOf(event['type'])))
      return ofPlain(event['response']);
    for (const choice of objectsIn(event['choices'])) {
      if ((choice['index'] ?? 0) !== 0) continue;
      const delta = isObject(choice['delta']) ? choice['delta'] : { content: choice['text'] };
      isChat = true;
      text += textOf(delta['content']) || stringOf(delta['refusal']);
      addCalls(calls, delta['tool_calls']);
      finishReason = nameOr(choice['finish_reason']) ?? finishReason;
    }
  }
  const isWhole = done || finishReason !== null;
  return isChat && isWhole ? { text: orNull(text), calls: calls.filter(Boolean), finishReason } : null;
};

/**
 * What a captured answer of the OpenAI APIs (chat, completions, responses; plain or streamed) says. Null for a body that is
 * not whole, a stream without its end, and anything of another form. Never throws.
 */
export const readAnswer = ({
  state,
  contentType,
  text,
}: Pick<Body, 'state' | 'contentType' | 'text'>): Answer | null => {
  if (state !== 'full' && state !== 'redacted') return null;
  return contentType.includes('text/event-stream') ? ofStream(text) : ofPlain(parseJson(text));
};
