import type { Body, Exchange, Shadow } from '../../schemas/exchange.ts';

export const body = (text: string, contentType = 'application/json'): Body => ({
  state: 'full',
  contentType,
  text,
  sizeBytes: Buffer.byteLength(text),
  sha256: '0'.repeat(64),
});

export const requestOf = (text: string, rest: object = {}): Body =>
  body(JSON.stringify({ model: 'support', messages: [{ role: 'user', content: text }], ...rest }));

export const completionOf = (message: object): Body => body(JSON.stringify({ choices: [{ index: 0, message }] }));

/** A live exchange of a rollout's stable arm that went well. */
export const exchangeOf = (rest: Partial<Exchange> = {}): Exchange => ({
  exchangeId: 'x-1',
  agent: 'support',
  rollout: 'support-1',
  routingSequence: 3,
  assignment: 'weight',
  assignedArm: 'stable',
  assignedVersion: 'v1',
  servedArm: 'stable',
  servedVersion: 'v1',
  fallbackReason: null,
  subject: 's',
  subjectBucket: 4,
  method: 'POST',
  path: '/v1/chat/completions',
  stream: false,
  requestBody: requestOf('Where is my order?'),
  status: 200,
  outcome: 'ok',
  latencyMs: 250,
  firstByteMs: 50,
  responseBody: completionOf({ role: 'assistant', content: 'I am so sorry, let me check.' }),
  promptTokens: 30,
  completionTokens: 10,
  costUsd: 0.002,
  slices: { topic: 'late' },
  metadata: { topic: 'late' },
  traceparent: null,
  startedAtMs: 1_000,
  finishedAtMs: 1_250,
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
  exchange: exchangeOf(),
  ...rest,
});
