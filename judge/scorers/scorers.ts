import { type Exchange, isFailure } from '../../schemas/exchange.ts';
import type { ChatAnswer, ChatRequest, Read } from '../answers/chat.ts';
import { empathy, isRefusal } from './lexicon.ts';
import { type ContentScorer, failed, type Facts, notApplicable, rate, scored } from './finding.ts';
import { piiLeak } from './pii-leak.ts';
import { referenceMatch } from './reference-match.ts';
import { toolAccuracy } from './tool-accuracy.ts';
import { toolErrors } from './tool-errors.ts';
import { toxicity } from './toxicity.ts';
import { type AcceptedCalls, matchToolCalls } from '../answers/tool-match.ts';
import type { createToolCallCheck } from '../answers/tool-schema.ts';

/** One metric's finding for one answer. `value` is null unless `status` is `scored`. */
export type Finding = {
  metric: string;
  status: 'scored' | 'error' | 'not_applicable';
  value: number | null;
  reason: string;
};

/** Bumped whenever a rule's verdict on anything could change, or what it reads: the `scorerVersion` of scores by rules. */
export const RULES_VERSION = '3';

/** An answer to score: a live exchange's, or a shadow's to the same request. */
export type Answered = Pick<
  Exchange,
  'stream' | 'outcome' | 'status' | 'latencyMs' | 'firstByteMs' | 'costUsd' | 'promptTokens' | 'completionTokens'
> & {
  /** Requests that the answer took: 1, but of a shadow that was given tools' results. */
  rounds: number;
  request: Read<ChatRequest>;
  answer: Read<ChatAnswer>;
};

export type ToolCallCheck = ReturnType<typeof createToolCallCheck>;

/** Ground truth for one request; `accepted` null means that the right answer is no call. Undefined: none is known. */
export type Reference = { accepted: AcceptedCalls | null };

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * A request that can't be read (most often cut, as it is longer than what is captured) falls on both arms alike. What needs
 * it does not apply: as an error it would be missing coverage, and hold every rollout of an agent with long requests.
 */
const taskSuccess: ContentScorer = (metric, { request, answer, reference }) => {
  if (!reference) return notApplicable(metric, 'no reference answer is known');
  if (!request.ok) return notApplicable(metric, request.reason);
  const { success, reason } = matchToolCalls(answer.toolCalls, reference.accepted, request.value.offered);
  return rate(metric, success, reason || 'as the reference answer has it');
};

const toolValidity: ContentScorer = (metric, { request, answer, check }) => {
  if (answer.toolCalls.length === 0) return notApplicable(metric, 'no tool was called');
  if (!request.ok) return notApplicable(metric, request.reason);
  const { offered } = request.value;
  const verdicts = answer.toolCalls.map((call) => check(call, offered));
  const invalid = verdicts.find((v) => v.valid === false);
  if (invalid) return rate(metric, false, invalid.reason);
  const unjudged = verdicts.find((v) => v.valid === null);
  return unjudged ? notApplicable(metric, unjudged.reason) : rate(metric, true, 'all calls fit their schemas');
};

const jsonValidity: ContentScorer = (metric, { request, answer, check }) => {
  const broken = answer.toolCalls.find((call) => parsed(call.arguments) === undefined);
  if (broken) return rate(metric, false, `the arguments of ${broken.name} are no JSON`);
  if (answer.toolCalls.length > 0) return rate(metric, true, 'all arguments are JSON');
  if (!request.ok) return notApplicable(metric, request.reason);
  if (!request.value.wantsJson) return notApplicable(metric, 'no JSON was asked for');
  const value = parsed(answer.text);
  if (typeof value !== 'object' || value === null)
    return rate(metric, false, 'JSON was asked for and the text is none');
  const { responseSchema } = request.value;
  if (responseSchema === undefined) return rate(metric, true, 'the text is JSON');
  if (Array.isArray(value)) {
    const wantsObject = Object(responseSchema).type === 'object';
    return rate(metric, !wantsObject, wantsObject ? 'the text is a list, and not an object' : 'the text is JSON');
  }
  const { valid, reason } = check({ name: 'answer', arguments: answer.text }, [
    { name: 'answer', parameters: responseSchema },
  ]);
  return rate(metric, valid !== false, valid === false ? reason : 'the text is JSON');
};

const ofText =
  (scorer: (metric: string, text: string, answer: ChatAnswer) => Finding): ContentScorer =>
  (metric, { answer }) =>
    answer.text.trim() === '' ? notApplicable(metric, 'the answer has no text') : scorer(metric, answer.text, answer);

const tone = ofText((metric, text) => {
  const { value, reason } = empathy(text);
  return scored(metric, value, reason);
});

const refusal = ofText((metric, text, { refused }) => {
  const refuses = refused || isRefusal(text);
  return rate(metric, refuses, refuses ? 'the answer declines' : 'the answer does not decline');
});

const length = ofText((metric, text) => scored(metric, text.length / 1000, `${text.length} characters`));

const CONTENT_SCORERS: readonly (readonly [metric: string, scorer: ContentScorer])[] = [
  ['task_success', taskSuccess],
  ['tool_accuracy', toolAccuracy],
  ['tool_validity', toolValidity],
  ['tool_errors', toolErrors],
  ['json_validity', jsonValidity],
  ['reference_match', referenceMatch],
  ['toxicity', toxicity],
  ['pii_leak', piiLeak],
  ['empathy', tone],
  ['refusal', refusal],
  ['length', length],
];

/** What a scorer trips over must not look like a pass, nor stop the other scorers. */
const guarded = (metric: string, scorer: ContentScorer, facts: Facts): Finding => {
  try {
    return scorer(metric, facts);
  } catch (error) {
    return failed(metric, `the scorer failed: ${String(error)}`);
  }
};

const contentFindings = (
  answered: Answered,
  reference: Reference | undefined,
  check: ToolCallCheck,
): readonly Finding[] => {
  const { outcome, request, answer } = answered;
  const all = (finding: (metric: string, reason: string) => Finding, reason: string): Finding[] =>
    CONTENT_SCORERS.map(([metric]) => finding(metric, reason));
  if (outcome !== 'ok') return all(notApplicable, `no whole answer: ${outcome}`);
  if (!answer.ok) return all(failed, answer.reason);
  const facts = { request, answer: answer.value, reference, check };
  return CONTENT_SCORERS.map(([metric, scorer]) => guarded(metric, scorer, facts));
};

const errorRate = ({ outcome, status }: Answered): Finding =>
  rate('error_rate', isFailure(outcome), `${outcome}, status ${status}`);

/** A measure of whole answers only; half of one is not cheaper, it is broken. */
const measure = (metric: string, { outcome }: Answered, value: number | null, scale: number, of: string): Finding => {
  if (outcome !== 'ok') return notApplicable(metric, `no whole answer: ${outcome}`);
  return value === null ? notApplicable(metric, `${of} is not known`) : scored(metric, value * scale, of);
};

const tokensOf = ({ promptTokens, completionTokens }: Answered): number | null =>
  promptTokens === null && completionTokens === null ? null : (promptTokens ?? 0) + (completionTokens ?? 0);

/** A time shorter than this says nothing of how fast an answer was written: it was there at once. */
const MIN_WRITING_MS = 1;

/**
 * Completion tokens per second, of a stream from its first byte on, as the analyzer has it of live exchanges. A stream's first
 * byte is the last round's, its tokens are of all.
 */
const throughputOf = ({ stream, latencyMs, firstByteMs, completionTokens, rounds }: Answered): number | null => {
  if (stream && rounds > 1) return null;
  const writingMs = stream ? latencyMs - (firstByteMs ?? latencyMs) : latencyMs;
  return !completionTokens || writingMs < MIN_WRITING_MS ? null : (completionTokens * 1_000) / writingMs;
};

/**
 * Every deterministic metric of one answer, each exactly once, in a fixed order, in the units of `schemas/metrics.ts`.
 * Never throws: what can't be scored is an error, what does not apply says so.
 */
export const deterministicScores = (
  answered: Answered,
  reference: Reference | undefined,
  check: ToolCallCheck,
): Finding[] => [
  errorRate(answered),
  measure('latency', answered, answered.latencyMs, 1 / 1000, 'time of the whole answer'),
  measure(
    'first_token',
    answered,
    answered.stream ? answered.firstByteMs : null,
    1 / 1000,
    'time to a stream’s first byte',
  ),
  measure('cost', answered, answered.costUsd, 1000, 'cost by the version’s prices'),
  measure('tokens', answered, tokensOf(answered), 1 / 1000, 'tokens of prompt and completion'),
  measure('throughput', answered, throughputOf(answered), 1, 'completion tokens per second'),
  ...contentFindings(answered, reference, check),
];
