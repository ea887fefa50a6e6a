import { usageOf } from '../../openai/usage.ts';
import type { Body, Exchange, Shadow } from '../../schemas/exchange.ts';
import type { Prices } from './prices.ts';
import { isObject, type Json, objectsIn } from '../../openai/json-value.ts';
import type { Case } from './dataset/case.ts';
import type { Reply } from './reply.ts';
import { CHAT_PATH } from './target/chat-endpoint.ts';

const JSON_TYPE = 'application/json';
const bodyOf = (text: string, contentType: string, isCut = false): Body => ({
  state: isCut ? 'truncated' : 'full',
  contentType,
  text,
  sizeBytes: Buffer.byteLength(text),
  sha256: '',
});

/** What those who judge an answer are shown beside the question, and the agent never saw: the right answer, and what it rests on. */
const judgedRequest = ({ request, golden, context }: Case): Json => {
  const metadata = { ...(isObject(request['metadata']) ? request['metadata'] : {}), reference_answer: golden };
  const reference = context.map((content) => ({ role: 'system', content }));
  const messages = [...reference, ...objectsIn(request['messages'])];
  return { ...request, messages, ...(golden === null ? {} : { metadata }) };
};

/** Of every exchange of a gate alike: none is of a rollout, and none is evidence. */
const OF_NO_ROLLOUT = {
  rollout: '',
  routingSequence: 0,
  assignment: 'pin',
  assignedArm: '',
  assignedVersion: '',
  servedArm: '',
  servedVersion: '',
  fallbackReason: null,
  subject: '',
  subjectBucket: 0,
  vouched: true,
  provoked: false,
  method: 'POST',
  path: CHAT_PATH,
  requestPath: '',
  answerPath: '',
  capture: 'full',
  busy: false,
  metadata: {},
  traceparent: null,
  startedAtMs: 0,
  finishedAtMs: 0,
} as const satisfies Partial<Exchange>;

/** A question and its answer in the form in which the judge is given those of users, so that both are scored by the same code. */
export const exchangeOf = (agent: string, asked: Case, reply: Reply, prices: Prices): Exchange => {
  const { status, outcome, latencyMs, firstByteMs, contentType, body, isCut } = reply;
  return {
    ...OF_NO_ROLLOUT,
    exchangeId: asked.id,
    agent,
    stream: asked.request['stream'] === true,
    requestBody: bodyOf(JSON.stringify(judgedRequest(asked)), JSON_TYPE),
    status,
    outcome,
    latencyMs: latencyMs ?? 0,
    firstByteMs,
    responseBody: bodyOf(body, contentType, isCut),
    ...usageOf({ contentType, text: body }, prices ?? undefined),
    slices: { ...asked.slices },
  };
};

/** The candidate's answer beside the baseline's, as a shadow stands beside a live answer. */
export const pairOf = (candidate: Exchange, baseline: Exchange): { exchange: Exchange; shadow: Shadow } => {
  const { status, outcome, latencyMs, firstByteMs, responseBody, promptTokens, completionTokens, costUsd } = candidate;
  const answer = { status, outcome, latencyMs, firstByteMs, responseBody, promptTokens, completionTokens, costUsd };
  const shadow: Shadow = {
    ...answer,
    shadowId: candidate.exchangeId,
    kind: 'shadow',
    version: '',
    arm: '',
    rounds: 1,
    differences: [],
    similarity: null,
    replayedAtMs: 0,
    exchange: baseline,
  };
  return { exchange: baseline, shadow };
};
