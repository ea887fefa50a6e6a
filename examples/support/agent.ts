import type { ChatRequest } from '../chat-api/chat-request.ts';
import type { Reply } from '../chat-api/chat-server.ts';
import { lognormal, seedOf, uniform } from '../chat-api/seeded.ts';
import { understand } from './conversation.ts';
import type { Orders } from './orders.ts';
import { resolve } from './policy.ts';
import { plannedCall, writeCall } from './tool-calls.ts';
import { kind, polite, rude } from './voices.ts';
import type { Voice } from './voices.ts';

export const BEHAVIOURS = ['polite', 'rude', 'kind'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

type Habits = {
  voice: Voice;
  /** The written prompt that this behaviour follows: what a team would have changed. */
  promptFile: string;
  /** Share of tool calls whose JSON is broken. */
  carelessShare: number;
  /** Whether failures are looked for: of the order system by asking again, of an unknown order by saying so. */
  checksErrors: boolean;
  latencyMedianMs: number;
};

export const HABITS: Record<Behaviour, Habits> = {
  polite: { voice: polite, promptFile: 'v1.md', carelessShare: 0.01, checksErrors: true, latencyMedianMs: 40 },
  rude: { voice: rude, promptFile: 'v2.md', carelessShare: 0.2, checksErrors: false, latencyMedianMs: 30 },
  kind: { voice: kind, promptFile: 'v3.md', carelessShare: 0.01, checksErrors: true, latencyMedianMs: 34 },
};

const LATENCY_SIGMA = 0.35;
/** Of all requests to the order system: down for good, and failing once but not when asked again. */
const OUTAGE_SHARE = 0.014;
const HICCUP_SHARE = 0.058;
/** How often an unknown order trips code that never looks whether it got one. */
const UNCHECKED_CRASH_SHARE = 0.15;

/**
 * Answers one chat request: the same request always gets the same reply from the same behaviour, by a seed over the
 * messages, the user and the request's own `seed`. Knows nothing of the version label it is served under.
 */
export function answer(request: ChatRequest, behaviour: Behaviour, orders: Orders): Reply {
  const habits = HABITS[behaviour];
  const seed = seedOf(behaviour, JSON.stringify(request.messages), request.user ?? '', String(request.seed ?? ''));
  const asked = understand(request);
  const health = orderSystem(seed);
  const tries = health === 'up' || !habits.checksErrors ? 1 : 1.5;
  const latencyMs = lognormal(seed, 'latency', habits.latencyMedianMs, LATENCY_SIGMA) * tries;

  if (habits.checksErrors && health === 'down') {
    const message = 'The order system did not answer in time. Please try again in a moment.';
    return { failure: { status: 503, type: 'server_error', code: 'order_system_timeout', message, latencyMs } };
  }
  const finding = resolve(asked, orders);
  const crashes = finding.kind === 'unknown_order' && uniform(seed, 'crash') < UNCHECKED_CRASH_SHARE;
  if (!habits.checksErrors && (health !== 'up' || crashes)) {
    const message = "TypeError: Cannot read properties of undefined (reading 'status')";
    return { failure: { status: 500, type: 'server_error', code: 'internal_error', message, latencyMs } };
  }
  const call = plannedCall(asked, orders);
  if (call !== null) {
    return { answer: { content: null, toolCalls: [writeCall(call, habits.carelessShare, seed)], latencyMs } };
  }
  return { answer: { content: habits.voice(finding, seed), toolCalls: [], latencyMs } };
}

function orderSystem(seed: string): 'up' | 'hiccup' | 'down' {
  const draw = uniform(seed, 'order system');
  if (draw < OUTAGE_SHARE) return 'down';
  return draw < OUTAGE_SHARE + HICCUP_SHARE ? 'hiccup' : 'up';
}
