import { createHash } from 'node:crypto';

/** The first hex digits of the SHA-256 of the value's JSON. */
export const digest = (value: unknown, length: number): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, length);

/**
 * What one call of a judge model is about. The canary must come back in the reply; it is unguessable to what is judged, which
 * is part of its hash. `replySchema` is the JSON schema of the reply, for endpoints that can be held to one. `listed`: the
 * text that the reply goes through piece by piece, so that it is about as long.
 */
export type Prompt = {
  messages: { role: 'system' | 'user'; content: string }[];
  canary: string;
  replySchema?: object;
  listed?: string;
};

export const promptText = ({ messages }: Prompt): string => messages.map(({ content }) => content).join('\n');

/** A longer answer is not judged, for the part that is left out may be the bad one. */
export const MAX_ANSWER_CHARACTERS = 32_000;
const MAX_REQUEST_CHARACTERS = 16_000;

export const shortened = (text: string): string =>
  text.length <= MAX_REQUEST_CHARACTERS ? text : `${text.slice(0, MAX_REQUEST_CHARACTERS)} [the rest is left out]`;
