import { type Json, isObject, objectsIn } from '../../../openai/json-value.ts';
import type { Said } from './script.ts';

/** How what the agent says is told, and what it is asked is read, in one API. */
export type Protocol = {
  /** Of the request, as the version gets it. */
  path: string;
  asked: (body: Json) => { text: string; hasResult: boolean };
  document: (said: Said) => unknown;
  /** Each a whole server-sent event. */
  events: (said: Said, body: Json) => string[];
  failure: (message: string) => unknown;
};

export const event = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** Plain text, or the texts of content parts. */
export const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsIn(content)
        .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
        .join('');

/** The last thing that a user said in words. */
export const lastUserText = (messages: unknown): string =>
  objectsIn(messages)
    .filter(({ role }) => role === 'user')
    .map(({ content }) => textOf(content))
    .findLast((text) => text !== '') ?? '';

export const inHalves = (text: string): [string, string] => {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
};

export const isSet = (body: Json, name: string, member: string): boolean => {
  const options = body[name];
  return isObject(options) && options[member] === true;
};
