import type { Body, Exchange } from './exchange.ts';

export const body = (text: string, contentType = 'application/json'): Body => ({
  state: 'full',
  contentType,
  text,
  sizeBytes: Buffer.byteLength(text),
  sha256: '0'.repeat(64),
});

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
  busy: false,
  requestBody: body('{"model":"support","messages":[]}'),
  status: 200,
  outcome: 'ok',
  latencyMs: 250,
  firstByteMs: 50,
  responseBody: body('{"choices":[]}'),
  promptTokens: 30,
  completionTokens: 10,
  costUsd: 0.002,
  slices: {},
  metadata: {},
  traceparent: null,
  startedAtMs: 1_000,
  finishedAtMs: 1_250,
  ...rest,
});
