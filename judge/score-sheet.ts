import { hash } from 'node:crypto';
import { isEvidence, servedAsAssigned } from '../schemas/exchange.ts';
import type { Score, ScoreSheet } from '../schemas/score.ts';
import type { Finding } from './answers/finding.ts';
import { lacksContent, type Subject } from './answers/scorable-answer.ts';

/**
 * Who found it, and what finding it cost in US dollars. `family` is that of a judge model, '' where it is not known. `panel`
 * names all who might have found it, where several judges take turns.
 */
export type Scorer = { scorer: string; scorerVersion: string; costUsd: number; family?: string; panel?: string };

/** A metric's finding and its finder. */
export type Scored = { finding: Finding; scorer: Scorer };

/** What is to be published of a metric: of a shadow, `live` is the same metric's finding on the live answer. */
export type Judged = { scored: Scored; live: Scored | null };

/**
 * Whose a sheet is: the rules, or the judges that might have been asked for `metrics` (of rules ''), so that what another of a
 * panel says again has the same id.
 */
export type Finder = { name: string; version: string; metrics: string };

const ID_LENGTH = 32;

/** The same thing judged again by the same version of the same finder has the same id; the first in the log counts. */
export const sheetIdOf = ({ exchange, shadow }: Subject, { name, version, metrics }: Finder): string =>
  hash('sha256', JSON.stringify([exchange.exchangeId, shadow?.shadowId ?? null, name, version, metrics])).slice(
    0,
    ID_LENGTH,
  );

/** The finder of what was judged together by one scorer, or by one of its panel. */
export const finderOf = (judged: readonly Judged[]): Finder => {
  const { scorer, scorerVersion: version, panel } = judged[0]!.scored.scorer;
  return { name: panel ?? scorer, version, metrics: judged.map(({ scored }) => scored.finding.metric).join(',') };
};

/** Whether a metric applies to an answer; null where there was nothing to look at, or it could not be read. */
const applies = ({ status, isAbsent }: Finding): boolean | null =>
  status === 'scored' ? true : status === 'not_applicable' && isAbsent !== true ? false : null;

/** Of a pair both answers must have been looked at. */
const notApplicableTo = (own: Finding, live: Finding | null): Score['notApplicableTo'] => {
  const isOwn = applies(own);
  if (live === null) return isOwn === false ? 'this' : '';
  const isLive = applies(live);
  if (isOwn === null || isLive === null || (isOwn && isLive)) return '';
  if (isOwn) return 'live';
  return isLive ? 'this' : 'both';
};

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

export const scoreOf = ({ scored: { finding, scorer }, live }: Judged): Score => {
  const { metric, status, value, reason } = finding;
  const result: Result = live ? paired(finding, live.finding) : { status, value, liveValue: null, delta: null, reason };
  return {
    metric,
    scorer: scorer.scorer,
    scorerVersion: scorer.scorerVersion,
    scorerFamily: scorer.family ?? '',
    status: result.status,
    value: result.value,
    liveValue: result.liveValue,
    delta: result.delta,
    reason:
      result.reason.length > MAX_REASON_CHARACTERS ? result.reason.slice(0, MAX_REASON_CHARACTERS) : result.reason,
    costUsd: scorer.costUsd + (live?.scorer.costUsd ?? 0),
    notApplicableTo: notApplicableTo(finding, live?.finding ?? null),
  };
};

/** What the judge meant to score when it came to a subject, and whether it left this one out. */
export type Meant = Pick<ScoreSheet, 'share' | 'leftOut' | 'modelShare' | 'modelsLeftOut'>;

/** The sheet of all that one finder said of a subject at once. */
export const sheetOf = (
  subject: Subject,
  finder: Finder,
  judged: readonly Judged[],
  meant: Meant,
  scoredAtMs: number,
): ScoreSheet => {
  const { exchange, shadow } = subject;
  return {
    sheetId: sheetIdOf(subject, finder),
    finder: finder.name,
    exchangeId: exchange.exchangeId,
    shadowId: shadow?.shadowId ?? null,
    kind: shadow?.kind ?? 'live',
    agent: exchange.agent,
    rollout: exchange.rollout,
    routingSequence: exchange.routingSequence,
    version: shadow?.version ?? exchange.assignedVersion,
    arm: shadow?.arm ?? exchange.assignedArm,
    evidence: isEvidence(exchange) && servedAsAssigned(exchange),
    subjectBucket: exchange.subjectBucket,
    slices: exchange.slices,
    ...meant,
    uncaptured: lacksContent(subject),
    scores: judged.map(scoreOf),
    exchangeAtMs: exchange.finishedAtMs,
    scoredAtMs,
  };
};
