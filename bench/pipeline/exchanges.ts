import { createHash, hash } from 'node:crypto';
import { type Body, type Exchange, outcomeOfStatus, SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import type { Answered, ArmName, Call, Calls } from './calls.ts';

/** Exchanges as an ingress would have published them, made from calls instead of requests. Pure. */

const USD_PER_MILLION = { prompt: 2.5, completion: 10 };
const SLICE_VALUES = 6;

/** What an agent's exchanges bear; `name` is what clients call it by. */
export type AgentRoute = { name: string; rollout: string; routingSequence: number };

/** Request labels beside the traffic's own, so that the growth with labels can be seen. */
export const moreLabels = (count: number): { label: string; values: string[] }[] =>
  Array.from({ length: count }, (_, i) => ({
    label: `label-${i + 2}`,
    values: Array.from({ length: SLICE_VALUES }, (_, value) => `value-${value}`),
  }));

const draw = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;

/** As long as a front door's, and as unlike each other. */
const idOf = (text: string): string => hash('sha512', text, 'base64url') + hash('sha256', text, 'base64url');

const armOf = (agent: string, subject: string): ArmName =>
  draw(`arm ${agent} ${subject}`) < 0.5 ? 'stable' : 'candidate';

const versionOf = (arm: ArmName): string => (arm === 'stable' ? 'v1' : 'v2');

const bodyOf = (text: string, contentType: string): Body => ({
  state: 'full',
  contentType,
  text,
  sizeBytes: Buffer.byteLength(text),
  sha256: hash('sha256', text, 'hex'),
});

const slicesOf = (calls: Calls, call: Call, labels: number): Record<string, string> => {
  const own = call.metadata[calls.slice.label] ?? '';
  const more = moreLabels(labels - 1).map(({ label, values }) => [
    label,
    values[Math.floor(draw(`${label} ${call.subject}`) * values.length)]!,
  ]);
  return Object.fromEntries([[calls.slice.label, calls.slice.values.includes(own) ? own : '_other'], ...more]);
};

const costOf = ({ promptTokens, completionTokens }: Answered): number | null =>
  promptTokens === null || completionTokens === null
    ? null
    : (promptTokens * USD_PER_MILLION.prompt + completionTokens * USD_PER_MILLION.completion) / 1e6;

/** The assigned arm's answer; of a candidate that failed, stable's in its place, as the ingress falls back. */
const served = (call: Call, assigned: ArmName) => {
  const own = call.answerOf(assigned);
  const outcome = outcomeOfStatus(own.status);
  const isFallback = assigned === 'candidate' && outcome === 'upstream_error';
  return isFallback
    ? { outcome, arm: 'stable' as const, answer: call.answerOf('stable'), fallbackReason: `status ${own.status}` }
    : { outcome, arm: assigned, answer: own, fallbackReason: null };
};

/** The `i`-th exchange of a stream that ended at `finishedAtMs`; `labels` is how many slice labels it bears, from 1. */
export const exchangeAt = (
  calls: Calls,
  route: AgentRoute,
  options: { i: number; finishedAtMs: number; labels: number },
): Exchange => {
  const { i, finishedAtMs, labels } = options;
  const call = calls.callAt(i);
  const assigned = armOf(route.name, call.subject);
  const { outcome, arm, answer, fallbackReason } = served(call, assigned);
  const { latencyMs, status, contentType, text, promptTokens, completionTokens } = answer;
  const startedAtMs = finishedAtMs - Math.round(latencyMs);
  const slices = slicesOf(calls, call, labels);
  const subjectBucket = Math.floor(draw(`bucket ${call.subject}`) * SUBJECT_BUCKETS);
  const exchangeId = idOf(`${route.name} ${route.rollout} ${i}`);
  return {
    exchangeId,
    agent: route.name,
    rollout: route.rollout,
    routingSequence: route.routingSequence,
    assignment: fallbackReason === null ? 'weight' : 'fallback',
    assignedArm: assigned,
    assignedVersion: versionOf(assigned),
    servedArm: arm,
    servedVersion: versionOf(arm),
    fallbackReason,
    subject: hash('sha256', `subject ${call.subject}`, 'hex').slice(0, 32),
    subjectBucket,
    method: 'POST',
    path: '/v1/chat/completions',
    requestPath: '',
    answerPath: '',
    stream: call.isStreamed,
    capture: 'full',
    busy: false,
    vouched: true,
    provoked: false,
    requestBody: bodyOf(JSON.stringify({ ...call.body, model: route.name }), 'application/json'),
    status,
    outcome,
    latencyMs,
    firstByteMs: call.isStreamed ? latencyMs / 2 : latencyMs,
    responseBody: bodyOf(text, contentType),
    promptTokens,
    completionTokens,
    costUsd: costOf(answer),
    slices,
    metadata: { ...call.metadata, ...slices },
    traceparent: null,
    startedAtMs,
    finishedAtMs,
  };
};
