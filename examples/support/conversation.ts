import type { ChatMessage, ChatRequest } from '../chat-api/chat-request.ts';
import { textOf } from '../chat-api/chat-request.ts';

export type Topic = 'order_status' | 'late' | 'damaged' | 'refund' | 'cancellation';

/** What the agent makes of a conversation. `toolResult` is set when the last turn came from a tool. */
export type Understanding = {
  topic: Topic;
  orderId: string | null;
  toolResult: ToolResult | null;
  canCall: ReadonlySet<string>;
};

type ToolResult = { kind: 'found' } | { kind: 'done' } | { kind: 'failed'; code: string };

/** First match wins, so the more specific complaint stands before the more general one. */
const SIGNS: readonly (readonly [Topic, RegExp])[] = [
  ['damaged', /\b(broken|damaged|cracked|shattered|torn|scratched|chipped|in pieces|dented)\b/i],
  ['cancellation', /\b(cancel|cancelled|cancellation|call off|changed my mind about)\b/i],
  ['refund', /\b(refund|refunded|money back|return|send (it|this|them) back)\b/i],
  ['late', /\b(late|delay|delayed|overdue|still waiting|hasn't arrived|has not arrived|never came|supposed to)\b/i],
];

/** Reads topic, order and tool result out of the messages, by keywords. */
export function understand(request: ChatRequest): Understanding {
  const said = request.messages.filter((message) => message.role === 'user').map(textOf);
  const text = said.join('\n');
  const last = request.messages.at(-1);
  const ids = text.match(/\bORD-\d{5}\b/gi);
  return {
    topic: SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? 'order_status',
    orderId: ids?.at(-1)?.toUpperCase() ?? null,
    toolResult: last?.role === 'tool' ? readToolResult(last) : null,
    canCall: new Set((request.tools ?? []).flatMap((tool) => tool.function?.name ?? [])),
  };
}

function readToolResult(message: ChatMessage): ToolResult {
  let result: unknown;
  try {
    result = JSON.parse(textOf(message));
  } catch {
    return { kind: 'failed', code: 'unreadable' };
  }
  if (typeof result !== 'object' || result === null) return { kind: 'failed', code: 'unreadable' };
  if ('error' in result) return { kind: 'failed', code: String(result.error) };
  return { kind: 'order' in result ? 'found' : 'done' };
}
