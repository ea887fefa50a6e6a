import type { ChatRequest } from '../../examples/chat-api/chat-request.ts';
import { seedOf, uniform } from '../../examples/chat-api/seeded.ts';
import { answer, type Behaviour } from '../../examples/support/agent.ts';
import type { Orders } from '../../examples/support/orders.ts';
import type { Candidate, Moment, Said } from './candidate.ts';

/** The story's agent answers in 40 ms; a real one in the better part of a second. */
const LATENCY_SCALE = 20;

const wantsJson = (request: ChatRequest): boolean => {
  const format = request['response_format'];
  return typeof format === 'object' && format !== null && 'type' in format && format.type === 'json_object';
};

const asJson = (reply: string): string => JSON.stringify({ order: /ORD-\d{5}/.exec(reply)?.[0] ?? null, reply });

/** The n-th call's draws: asked again, an agent says the same thing in other words and may fail where it did not. */
const saidBy = (request: ChatRequest, behaviour: Behaviour, orders: Orders, nth: number): Said => {
  const reply = answer({ ...request, seed: nth }, behaviour, orders);
  const none = { content: null, toolCalls: [], finishReason: null, end: 'whole' } as const;
  if ('failure' in reply) {
    const latencyMs = (reply.failure.latencyMs ?? 0) * LATENCY_SCALE;
    return { ...none, latencyMs, failure: { ...reply.failure, latencyMs } };
  }
  const { content, toolCalls, latencyMs } = reply.answer;
  return { ...none, content, toolCalls, latencyMs: latencyMs * LATENCY_SCALE, failure: null };
};

/** What the support agent says, as stable (no candidate) or as one of the catalogue. `nth` makes each call's draws its own. */
export const say = (
  request: ChatRequest,
  candidate: Candidate | null,
  orders: Orders,
  { nth, sinceMs }: { nth: number; sinceMs: number },
): Said => {
  const seed = seedOf('catalogue', candidate?.name ?? 'stable', JSON.stringify(request.messages), String(nth));
  const metadata = request['metadata'] as { topic?: string } | undefined;
  const moment: Moment = {
    topic: metadata?.topic ?? '',
    isStream: request.stream === true,
    draw: (purpose) => uniform(seed, purpose),
    sinceMs,
  };
  const plain = saidBy(request, candidate?.behaviour ?? 'polite', orders, nth);
  const worded =
    plain.content === null ? plain : { ...plain, content: candidate?.words?.(plain.content, moment) ?? plain.content };
  const formed =
    worded.content !== null && wantsJson(request) ? { ...worded, content: asJson(worded.content) } : worded;
  return candidate?.answer?.(formed, moment) ?? formed;
};
