import canonicalize from 'canonicalize';
import { readAnswer } from '../openai/answer.ts';
import { type AnswerCall, argumentsText } from '../openai/reading.ts';
import type { Body } from '../schemas/exchange.ts';
import { withMember } from '../openai/json-text.ts';
import { type Json, isObject, objectsIn, parseJson } from '../openai/json-value.ts';

export const CHAT_PATH = '/v1/chat/completions';
const CHAT = { path: CHAT_PATH, answerPath: '' };

/** Requests that one replay may take: a version that calls the same tool again and again gets no further. */
export const MAX_ROUNDS = 4;

/** What offers tools to a model, and what is refused by upstreams without them. */
const TOOL_MEMBERS = ['tools', 'tool_choice', 'functions', 'function_call', 'parallel_tool_calls', 'max_tool_calls'];

/** The JSON object of a request's text, undefined of any other text. */
export const requestOf = (text: string): Json | undefined => {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
};

/** The text without tools, as it was if it has none; null if it can't be written anew (nested too deep). */
export const stripped = (text: string): string | null => {
  const request = requestOf(text);
  if (!request || !TOOL_MEMBERS.some((name) => Object.hasOwn(request, name))) return text;
  try {
    return JSON.stringify(Object.fromEntries(Object.entries(request).filter(([name]) => !TOOL_MEMBERS.includes(name))));
  } catch {
    return null;
  }
};

/** Tools that the upstream itself runs while it answers (web search, MCP servers …), so that nobody could stub them. */
export const hasHostedTools = (request: Json): boolean =>
  objectsIn(request['tools']).some(({ type }) => type !== undefined && type !== 'function' && type !== 'custom');

/** The same for calls of one function with the same arguments (canonical JSON, RFC 8785); of broken ones the text as it is. */
const keyOf = (name: string, args: string): string => {
  const value = parseJson(argumentsText(args));
  try {
    return JSON.stringify([name, value === undefined ? args : canonicalize(value)]);
  } catch {
    return JSON.stringify([name, args]);
  }
};

const callsOf = (message: Json): Pick<AnswerCall, 'id' | 'name' | 'arguments'>[] =>
  objectsIn(message['tool_calls']).flatMap(({ id, function: fn }) =>
    isObject(fn) && typeof id === 'string' && typeof fn['name'] === 'string'
      ? [{ id, name: fn['name'], arguments: typeof fn['arguments'] === 'string' ? fn['arguments'] : '' }]
      : [],
  );

/** The results of a conversation by call, of repeated calls the latest. Ids are paired turn by turn: some models use them again. */
const resultsIn = (messages: readonly Json[]): ReadonlyMap<string, unknown> => {
  const results = new Map<string, unknown>();
  let open = new Map<unknown, string>();
  for (const message of messages) {
    if (message['role'] === 'assistant')
      open = new Map(callsOf(message).map((c) => [c.id, keyOf(c.name, c.arguments)]));
    const key = message['role'] === 'tool' ? open.get(message['tool_call_id']) : undefined;
    if (key !== undefined) results.set(key, message['content']);
  }
  return results;
};

/**
 * The request that continues a chat after an answer with calls of tools, each given the result that stands with the same
 * call in the conversation; every other byte is as it was. Null where nothing can follow the answer: it calls nothing,
 * or something whose result is not known. Nothing is ever executed.
 */
export const nextRound = (requestText: string, answer: Body): string | null => {
  const reading = readAnswer(answer, CHAT);
  const request = requestOf(requestText);
  if (reading.kind !== 'answer' || !request) return null;
  const { text, calls } = reading.answer;
  if (calls.length === 0 || calls.some(({ problem }) => problem !== '')) return null;
  const messages = objectsIn(request['messages']);
  const results = resultsIn(messages);
  const replies = calls.map(({ id, name, arguments: args }) => ({ id, key: keyOf(name, args) }));
  if (replies.some(({ id, key }) => id === '' || !results.has(key))) return null;
  const asked = {
    role: 'assistant',
    content: text,
    tool_calls: calls.map(({ id, name, arguments: args }) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    })),
  };
  const told = replies.map(({ id, key }) => ({ role: 'tool', tool_call_id: id, content: results.get(key) }));
  try {
    return withMember(requestText, 'messages', [...messages, asked, ...told]);
  } catch {
    return null;
  }
};
