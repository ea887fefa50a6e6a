import { pathWithoutQuery } from '../../openai/base-url.ts';
import { readAnswer as readAnyAnswer } from '../../openai/answer.ts';
import type { Body } from '../../schemas/exchange.ts';
import { type ChatAnswer, type Read, readAnswer } from './chat.ts';

const EMBEDDINGS_PATH = '/v1/embeddings';
const OTHER_TEXT_PATHS: ReadonlySet<string> = new Set(['/v1/completions', '/v1/responses']);

/**
 * What a call of one of the OpenAI APIs was answered: of chat (and of any path that is none of theirs) a chat completion, of
 * completions and responses the text and calls in their own form, of embeddings nothing that a content metric could apply to.
 * Never throws.
 */
export const readAnswerTo = (called: string, body: Body): Read<ChatAnswer> => {
  const path = pathWithoutQuery(called);
  if (path === EMBEDDINGS_PATH) return { ok: true, value: { text: '', toolCalls: [], refused: false } };
  const other = OTHER_TEXT_PATHS.has(path) ? readAnyAnswer(body) : null;
  if (other === null) return readAnswer(body);
  return { ok: true, value: { text: other.text ?? '', toolCalls: other.calls, refused: false } };
};
