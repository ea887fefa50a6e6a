import { isObject, type Json, objectsIn } from '../../openai/json-value.ts';
import { callsIn } from '../../openai/protocols/calls.ts';
import { contentText, jsonText, stringOf } from '../../openai/protocols/content.ts';
import type { ChatMessage } from './chat.ts';
import type { ToolCall } from './tool-schema.ts';

const said = (role: string, text: string): ChatMessage => ({ role, text, toolCalls: [] });

const systemOf = (content: unknown): ChatMessage[] => {
  const text = contentText(content);
  return text === '' ? [] : [said('system', text)];
};

const ofType = (content: unknown, type: string): Json[] => objectsIn(content).filter((part) => part['type'] === type);

/** Anthropic's calls are parts of a content, their input a JSON value. */
const toolUses = (content: unknown): ToolCall[] =>
  ofType(content, 'tool_use').map(({ name, input }) => ({
    name: stringOf(name),
    arguments: jsonText(input ?? {}) ?? '',
  }));

/** And so are tools' results, in what is the user's message. */
const toolResults = (content: unknown): ChatMessage[] =>
  ofType(content, 'tool_result').map((part) => ({
    ...said('tool', contentText(part['content'])),
    ...(part['is_error'] === true ? { isError: true } : {}),
  }));

/** The messages of chat completions and of Anthropic's API, its system prompt first; null where there are none. */
export const chatMessages = (request: Json): ChatMessage[] | null => {
  const { messages, system } = request;
  if (!Array.isArray(messages)) return null;
  const found = systemOf(system);
  for (const message of messages as unknown[]) {
    if (!isObject(message) || typeof message['role'] !== 'string') return null;
    const { role, content } = message;
    if (typeof content === 'string') {
      found.push({ role, text: content, toolCalls: callsIn(message) });
      continue;
    }
    const results = toolResults(content);
    const text = contentText(content);
    found.push(...results);
    if (results.length > 0 && text === '') continue;
    found.push({ role, text, toolCalls: [...callsIn(message), ...toolUses(content)] });
  }
  return found;
};

const ofItem = (item: Json): ChatMessage => {
  const { type, role, content, output, name } = item;
  switch (type) {
    case 'function_call':
    case 'custom_tool_call': {
      const written = stringOf(item[type === 'function_call' ? 'arguments' : 'input']);
      return { role: 'assistant', text: '', toolCalls: [{ name: stringOf(name), arguments: written }] };
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return said('tool', contentText(output));
    default:
      return said(stringOf(role), contentText(content));
  }
};

/** The messages of the responses API: a text, or items, with the instructions first; null where there is no input. */
export const responsesMessages = (request: Json): ChatMessage[] | null => {
  const { input, instructions } = request;
  if (typeof input === 'string') return [...systemOf(instructions), said('user', input)];
  return Array.isArray(input) ? [...systemOf(instructions), ...objectsIn(input).map(ofItem)] : null;
};

/** The prompt of a completion as what a user said; null where it is no text. */
export const promptMessages = ({ prompt }: Json): ChatMessage[] | null => {
  const text = contentText(prompt);
  return text === '' ? null : [said('user', text)];
};
