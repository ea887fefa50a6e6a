import type { RecordedAnswer } from './recorded-answer.ts';

/** What an answer's envelope says of itself; `createdS` in seconds since 1970. */
export type Envelope = { readonly id: string; readonly model: string; readonly createdS: number };

/** The answer as a body of `POST /v1/chat/completions` (object `chat.completion`). */
export function completion(answer: RecordedAnswer, { id, model, createdS }: Envelope): object {
  const called = answer.calls.length > 0;
  const message = {
    role: 'assistant',
    content: called ? null : (answer.content ?? ''),
    refusal: null,
    ...(called ? { tool_calls: toolCalls(answer, id) } : {}),
  };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: called ? 'tool_calls' : 'stop' }];
  return { id, object: 'chat.completion', created: createdS, model, choices, usage: usage(answer) };
}

/** The answer as the `data:` values of a stream, `[DONE]` last; the usage chunk comes only when it was asked for. */
export function completionChunks(answer: RecordedAnswer, envelope: Envelope, includeUsage: boolean): string[] {
  const { id, model, createdS } = envelope;
  const chunk = (rest: object): string =>
    JSON.stringify({ id, object: 'chat.completion.chunk', created: createdS, model, ...rest });
  const delta = (part: object, finishReason: string | null = null): string =>
    chunk({ choices: [{ index: 0, delta: part, logprobs: null, finish_reason: finishReason }] });
  const called = answer.calls.length > 0;
  const pieces = called
    ? toolCalls(answer, id).map((call, index) => ({ tool_calls: [{ index, ...call }] }))
    : (answer.content?.match(/[\s\S]{1,80}/gu) ?? []).map((content) => ({ content }));
  return [
    delta({ role: 'assistant', content: called ? null : '' }),
    ...pieces.map((piece) => delta(piece)),
    delta({}, called ? 'tool_calls' : 'stop'),
    ...(includeUsage ? [chunk({ choices: [], usage: usage(answer) })] : []),
    '[DONE]',
  ];
}

function toolCalls(answer: RecordedAnswer, id: string) {
  return answer.calls.map((call, index) => ({ id: `call_${id}_${index}`, type: 'function', function: call }));
}

function usage({ inputTokens, outputTokens }: RecordedAnswer): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}
