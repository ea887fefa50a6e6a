import type { ChatRequest } from './chat-request.ts';
import { textOf } from './chat-request.ts';

export type ToolCall = { name: string; arguments: string };
/** What a server has to say: words or tool calls, and how long saying it takes. */
export type Answer = { content: string | null; toolCalls: readonly ToolCall[]; latencyMs: number };

export type Identity = { id: string; createdS: number; model: string; fingerprint: string };
export type Usage = { prompt_tokens: number; completion_tokens: number; total_tokens: number };

/** Four characters a token, OpenAI's rule of thumb for English text. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Four tokens of framing a message, tools by their JSON; `systemTokens` are those of the server's own prompt. */
export function usageOf(request: ChatRequest, answer: Answer, systemTokens: number): Usage {
  let promptTokens = systemTokens + estimateTokens(request.tools ? JSON.stringify(request.tools) : '');
  for (const message of request.messages) {
    const calls = message.tool_calls ? JSON.stringify(message.tool_calls) : '';
    promptTokens += 4 + estimateTokens(textOf(message) + calls);
  }
  let completionTokens = estimateTokens(answer.content ?? '');
  for (const call of answer.toolCalls) completionTokens += 4 + estimateTokens(call.name + call.arguments);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** The `chat.completion` object of a plain response. */
export function completionOf(who: Identity, answer: Answer, usage: Usage): object {
  const toolCalls = answer.toolCalls.map((call, index) => ({
    id: toolCallId(who, index),
    type: 'function',
    function: call,
  }));
  const message = { role: 'assistant', content: answer.content, refusal: null };
  return {
    id: who.id,
    object: 'chat.completion',
    created: who.createdS,
    model: who.model,
    system_fingerprint: who.fingerprint,
    choices: [
      {
        index: 0,
        message: toolCalls.length > 0 ? { ...message, tool_calls: toolCalls } : message,
        logprobs: null,
        finish_reason: finishReason(answer),
      },
    ],
    usage,
  };
}

/** The `chat.completion.chunk` objects of a streamed response, the usage chunk last if it was asked for. */
export function chunksOf(who: Identity, answer: Answer, usage: Usage | null): object[] {
  const head = {
    id: who.id,
    object: 'chat.completion.chunk',
    created: who.createdS,
    model: who.model,
    system_fingerprint: who.fingerprint,
  };
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(usage ? { usage: null } : {}),
  });
  const chunks = [chunk({ role: 'assistant', content: answer.toolCalls.length > 0 ? null : '' })];
  for (const content of pieces(answer.content ?? '')) chunks.push(chunk({ content }));
  for (const [index, call] of answer.toolCalls.entries()) {
    const opening = {
      index,
      id: toolCallId(who, index),
      type: 'function',
      function: { name: call.name, arguments: '' },
    };
    chunks.push(chunk({ tool_calls: [opening] }));
    const half = Math.ceil(call.arguments.length / 2);
    for (const text of [call.arguments.slice(0, half), call.arguments.slice(half)]) {
      if (text !== '') chunks.push(chunk({ tool_calls: [{ index, function: { arguments: text } }] }));
    }
  }
  chunks.push(chunk({}, finishReason(answer)));
  if (usage) chunks.push({ ...head, choices: [], usage });
  return chunks;
}

function finishReason(answer: Answer): string {
  return answer.toolCalls.length > 0 ? 'tool_calls' : 'stop';
}

function toolCallId(who: Identity, index: number): string {
  return `call_${who.id.slice(-20)}${index}`;
}

/** At most eight pieces of whole words: enough to see a stream, few enough to send a hundred a second. */
function pieces(text: string): string[] {
  const words = text.match(/\S+\s*/g) ?? [];
  const size = Math.max(1, Math.ceil(words.length / 8));
  const out: string[] = [];
  for (let at = 0; at < words.length; at += size) out.push(words.slice(at, at + size).join(''));
  return out;
}
