import { createHash } from 'node:crypto';
import { isRandom, servedAsAssigned } from '../schemas/exchange.ts';
import type { Score } from '../schemas/score.ts';
import type { Finding } from './answers/finding.ts';
import type { Subject } from './answers/scorable-answer.ts';

/**
 * Who found it, and what finding it cost in US dollars. `family` is that of a judge model, '' where it is not known. `panel`
 * names all who might have found it, where several judges take turns: it stands in the score's id in the finder's place, so
 * that a score given again by another of them is still the same one.
 */
export type Scorer = { scorer: string; scorerVersion: string; costUsd: number; family?: string; panel?: string };

/** A metric's finding and its finder. */
export type Scored = { finding: Finding; scorer: Scorer };

/** The same thing scored again by the same scorer version has the same id; the first in the log counts. */
export const scoreIdOf = (
  { exchange, shadow }: Subject,
  metric: string,
  { scorer, panel, scorerVersion }: Scorer,
): string =>
  createHash('sha256')
    .update(JSON.stringify([exchange.exchangeId, shadow?.shadowId ?? null, metric, panel ?? scorer, scorerVersion]))
    .digest('hex')
    .slice(0, 32);

type Result = Pick<Score, 'status' | 'value' | 'liveValue' | 'delta' | 'reason'>;

/** A reason may quote what a client or model wrote, so its length is bounded. */
const MAX_REASON_CHARACTERS = 500;

/** A pair says something only if both sides were scored; an error on either side is an error of the pair. */
const paired = (shadow: Finding, live: Finding): Result => {
  if (shadow.value !== null && live.value !== null) {
    const delta = shadow.value - live.value;
    return { status: 'scored', value: shadow.value, liveValue: live.value, delta, reason: shadow.reason };
  }
  const isError = shadow.status === 'error' || live.status === 'error';
  const shadowTells = shadow.status !== 'scored' && (!isError || shadow.status === 'error');
  const reason = shadowTells ? shadow.reason : `live answer: ${live.reason}`;
  return { status: isError ? 'error' : 'not_applicable', value: null, liveValue: live.value, delta: null, reason };
};

/** The record of one finding; of a shadow, `live` is the same metric's finding on the live answer. */
export const scoreRecord = (subject: Subject, scored: Scored, live: Scored | null, scoredAtMs: number): Score => {
  const { exchange, shadow } = subject;
  const { finding, scorer } = scored;
  const { metric, status, value, reason } = finding;
  const alone = { status, value, liveValue: null, delta: null, reason };
  const result = live ? paired(finding, live.finding) : alone;
  return {
    scoreId: scoreIdOf(subject, metric, scorer),
    exchangeId: exchange.exchangeId,
    shadowId: shadow?.shadowId ?? null,
    kind: shadow?.kind ?? 'live',
    agent: exchange.agent,
    rollout: exchange.rollout,
    routingSequence: exchange.routingSequence,
    version: shadow?.version ?? exchange.assignedVersion,
    arm: shadow?.arm ?? exchange.assignedArm,
    evidence: isRandom(exchange) && servedAsAssigned(exchange),
    subjectBucket: exchange.subjectBucket,
    slices: exchange.slices,
    metric,
    scorer: scorer.scorer,
    scorerVersion: scorer.scorerVersion,
    scorerFamily: scorer.family ?? '',
    ...result,
    reason: result.reason.slice(0, MAX_REASON_CHARACTERS),
    costUsd: scorer.costUsd + (live?.scorer.costUsd ?? 0),
    exchangeAtMs: exchange.finishedAtMs,
    scoredAtMs,
  };
};
