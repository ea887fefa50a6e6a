import { body, exchangeOf as anyExchange } from '../../schemas/exchange.fixture.ts';
import type { Body, Exchange, Shadow } from '../../schemas/exchange.ts';

export const requestOf = (text: string, rest: object = {}): Body =>
  body(JSON.stringify({ model: 'support', messages: [{ role: 'user', content: text }], ...rest }));

export const completionOf = (message: object, choice: object = {}): Body =>
  body(JSON.stringify({ choices: [{ index: 0, message, ...choice }] }));

/** A live exchange of a rollout's stable arm that went well. */
export const exchangeOf = (rest: Partial<Exchange> = {}): Exchange =>
  anyExchange({
    requestBody: requestOf('Where is my order?'),
    responseBody: completionOf({ role: 'assistant', content: 'I am so sorry, let me check.' }),
    slices: { topic: 'late' },
    metadata: { topic: 'late' },
    ...rest,
  });

export const shadowOf = (rest: Partial<Shadow> = {}): Shadow => ({
  shadowId: 'sh-1',
  kind: 'shadow',
  version: 'v2',
  arm: 'candidate',
  status: 200,
  outcome: 'ok',
  latencyMs: 100,
  firstByteMs: 20,
  responseBody: completionOf({ role: 'assistant', content: "That's not our problem." }),
  promptTokens: 30,
  completionTokens: 4,
  costUsd: 0.001,
  replayedAtMs: 2_000,
  rounds: 1,
  differences: [],
  similarity: null,
  exchange: exchangeOf(),
  ...rest,
});
