import { isObject, type Json } from '../json-value.ts';
import type { JsonEvent } from '../said.ts';

const MAX_WORDS = 200;

const wordsOf = (error: unknown): string => {
  const said = isObject(error) ? (error['message'] ?? error['code'] ?? error['type']) : error;
  return typeof said === 'string' || typeof said === 'number'
    ? `: ${String(said).slice(0, MAX_WORDS).toWellFormed()}`
    : '';
};

/** Whether a member named `error` says that there is one; `null`, `false`, `{}` and their like do not. */
export const isError = (error: unknown): boolean =>
  typeof error === 'object' && error !== null ? Object.keys(error).length > 0 : Boolean(error);

const TOLD_BY_TYPE: ReadonlySet<unknown> = new Set(['error', 'response.failed']);

/**
 * The error that a document, or an event of a stream, tells of in place of an answer, in words for people; null if it tells none.
 * OpenAI and most gateways say `error`, vLLM `object`, Anthropic and the responses API `type`. What a text quotes is none.
 */
export const toldError = (value: Json): string | null => {
  const { error, object, type } = value;
  if (isError(error)) return `the answer tells of an error${wordsOf(error)}`;
  if (object === 'error' || TOLD_BY_TYPE.has(type)) return `the answer tells of an error${wordsOf(value)}`;
  return null;
};

/** The same of a stream: SDKs raise the first error that any event of it tells. */
export const toldErrorIn = (events: readonly JsonEvent[]): string | null => {
  for (const { name, value } of events) {
    const told = toldError(value) ?? (name === 'error' ? `the answer tells of an error${wordsOf(value)}` : null);
    if (told !== null) return told;
  }
  return null;
};
