import type { Reply } from '../reply.ts';
import { NO_REPLY } from './target.ts';

/** What was recorded of an answer, by whomever. */
export type RecordedAnswer = {
  text: string | null;
  /** `arguments` is JSON text. */
  calls: readonly { name: string; arguments: string }[];
  /** What went wrong in place of an answer, null if nothing. */
  error: string | null;
  /** Null where nobody took the time. */
  latencyMs: number | null;
  promptTokens: number | null;
  completionTokens: number | null;
};

/** A recorded answer as the chat API would have given it, so that it is read by the one reader of answers. */
export const replyOfRecorded = ({ text, calls, error, ...measured }: RecordedAnswer): Reply => {
  const { latencyMs, promptTokens, completionTokens } = measured;
  const head = { ...NO_REPLY, latencyMs };
  if (error !== null) return { ...head, status: 500, outcome: 'upstream_error', reason: error };
  const toolCalls = calls.map((call, index) => ({ id: `call_${index}`, type: 'function', function: call }));
  const isCall = toolCalls.length > 0;
  const message = { role: 'assistant', content: text, ...(isCall ? { tool_calls: toolCalls } : {}) };
  const completion = {
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: isCall ? 'tool_calls' : 'stop' }],
    ...(promptTokens === null && completionTokens === null
      ? {}
      : { usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens } }),
  };
  return {
    ...head,
    status: 200,
    outcome: 'ok',
    contentType: 'application/json',
    body: JSON.stringify(completion),
    reason: '',
  };
};
