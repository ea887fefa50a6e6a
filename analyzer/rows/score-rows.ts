import { metricOrRubric } from '../../schemas/metrics.ts';
import { MODEL_SCORER, type Score } from '../../schemas/score.ts';
import type { Contribution, Described, Observed } from './contribution.ts';

const observedOf = (score: Score): Observed => {
  if (score.status !== 'scored') return { status: score.status };
  // A score without its value breaks the schema's promise; NaN makes it one of the invalid values.
  return { status: 'scored', value: score.value ?? Number.NaN, delta: score.kind === 'live' ? null : score.delta };
};

/**
 * What a score says of its arm.
 *
 * Of live answers only evidence counts, and only metrics that come from scores: a judge's `error_rate` of a live answer
 * would count it twice. Of shadows every metric counts, evidence or not, because a pair compares two answers to one
 * request whoever chose the arm. A shadow's value without a live one (how near the two answers are) compares nothing, and
 * nothing is wrong with it.
 *
 * What judging cost is summed for every score that cost anything, evidence or not, beside what the answers cost.
 */
export const describeScore = (score: Score): Described => {
  const observed = describeValue(score);
  if (score.costUsd === 0) return observed;
  const cost = { status: 'scored', value: score.costUsd * 1_000, delta: null } as const;
  const spent: Contribution = { ...keyOf(score), kind: 'live', metric: 'judge_cost', slices: {}, observed: cost };
  return typeof observed === 'string' ? [spent] : [...observed, spent];
};

const keyOf = (score: Score): Omit<Contribution, 'metric' | 'slices' | 'observed'> => {
  const { agent, rollout, routingSequence, version, arm, kind, subjectBucket, exchangeId } = score;
  return { agent, rollout, routingSequence, version, arm, kind, subjectBucket, exchangeId };
};

const describeValue = (score: Score): Described => {
  if (score.kind === 'live' && metricOrRubric(score.metric).source !== 'scores') return 'measured_elsewhere';
  if (score.kind === 'live' && !score.evidence) return 'not_evidence';
  const { status, value, liveValue, delta, metric, slices } = score;
  if (score.kind !== 'live' && status === 'scored' && value !== null && liveValue === null && delta === null)
    return 'advisory';
  const judge = score.scorer.startsWith(MODEL_SCORER) ? { judge: `${score.scorer}@${score.scorerVersion}` } : {};
  return [{ ...keyOf(score), metric, slices, ...judge, observed: observedOf(score) }];
};
