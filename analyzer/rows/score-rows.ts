import { LEFT_OUT_SLICE, UNCAPTURED_SLICE } from '../../schemas/counted-metrics.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { MODEL_SCORER, RULES_SCORER, type Score, type ScoreSheet } from '../../schemas/score.ts';
import type { Contribution, Described, IgnoredReason, Observed } from './contribution.ts';

const valueOf = (score: Score, isLive: boolean): Observed => {
  const { metric, status, scorer, scorerVersion, notApplicableTo } = score;
  const by = scorer.startsWith(MODEL_SCORER)
    ? { metric, judge: `${scorer}@${scorerVersion}`, notApplicableTo }
    : { metric, notApplicableTo };
  if (status !== 'scored') return { ...by, status };
  // A score without its value breaks the schema's promise; NaN makes it one of the invalid values.
  return { ...by, status, value: score.value ?? Number.NaN, delta: isLive ? null : score.delta };
};

const ignoredFor = (score: Score, isLive: boolean): IgnoredReason | null => {
  if (isLive) return metricOrRubric(score.metric).source === 'scores' ? null : 'measured_elsewhere';
  const { status, value, liveValue, delta } = score;
  return status === 'scored' && value !== null && liveValue === null && delta === null ? 'advisory' : null;
};

/** What its judges took for a sheet, in milli-dollars; of each score that cost anything. */
const spentOn = (scores: readonly Score[]): Observed[] =>
  scores
    .filter(({ costUsd }) => costUsd > 0)
    .map(({ costUsd }) => ({ metric: 'judge_cost', status: 'scored', value: costUsd * 1_000, delta: null }));

/** Of a shadow nothing is compared here: it is counted by its kind. */
const saidOf = (metric: string, isScored: boolean, isLive: boolean): Observed => ({
  metric,
  status: 'scored',
  value: isScored ? 1 : 0,
  delta: isLive ? null : 0,
});

/** What the sheet by rules says of its judge: what it meant to score, and how late it came. One part for each set of slices. */
const ofJudge = (sheet: ScoreSheet): { slices: Contribution['slices']; observed: Observed[] }[] => {
  const { finder, kind, leftOut, modelShare, modelsLeftOut, uncaptured, exchangeAtMs, scoredAtMs } = sheet;
  if (finder !== RULES_SCORER) return [];
  const isLive = kind === 'live';
  const told: Observed[] = [];
  const left: Observed[] = [];
  const unkept: Observed[] = [];
  (leftOut ? left : uncaptured ? unkept : told).push(saidOf('judged', !leftOut, isLive));
  if (modelShare !== null) (modelsLeftOut ? left : told).push(saidOf('judged_by_models', !modelsLeftOut, isLive));
  const lagSeconds = Math.max(0, scoredAtMs - exchangeAtMs) / 1_000;
  if (isLive) told.push({ metric: 'judge_lag', status: 'scored', value: lagSeconds, delta: null });
  return [
    { slices: {}, observed: told },
    { slices: LEFT_OUT_SLICE, observed: left },
    { slices: UNCAPTURED_SLICE, observed: unkept },
  ].filter(({ observed }) => observed.length > 0);
};

/**
 * What a sheet says of its arm.
 *
 * Of live answers only evidence counts, and only metrics that come from scores: a judge's `error_rate` of a live answer
 * would count it twice. Of shadows every metric counts, evidence or not, because a pair compares two answers to one
 * request whoever chose the arm. A shadow's value without a live one (how near the two answers are) compares nothing, and
 * nothing is wrong with it. A metric that stands there twice counts once, the first.
 *
 * Where the agent's policy kept no bodies, that no metric of their content applies is no news: such scores count nowhere, and
 * the sheet is counted apart, so that a metric is held against those answers alone that it could be asked of.
 *
 * What judging cost is summed for every score that cost anything, evidence or not, beside what the answers cost. What the sheet
 * by rules says of the judge counts where its scores would.
 */
export const describeSheet = (sheet: ScoreSheet): Described => {
  const { kind, evidence, scores } = sheet;
  const isLive = kind === 'live';
  const observed: Observed[] = [];
  let ignored: IgnoredReason = 'nothing_measured';
  if (isLive && !evidence) ignored = 'not_evidence';
  else if (!sheet.uncaptured)
    for (const score of scores) {
      const reason = ignoredFor(score, isLive);
      if (reason !== null) ignored = reason;
      else if (!observed.some(({ metric }) => metric === score.metric)) observed.push(valueOf(score, isLive));
    }
  const spent = spentOn(scores);
  const said = isLive && !evidence ? [] : ofJudge(sheet);
  if (observed.length + spent.length + said.length === 0) return ignored;
  const { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId, slices } = sheet;
  const of = { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId };
  const described: Contribution[] = [];
  if (observed.length > 0) described.push({ ...of, kind, slices, observed });
  if (spent.length > 0) described.push({ ...of, kind: 'live', slices: {}, observed: spent });
  for (const one of said) described.push({ ...of, kind, ...one });
  return described;
};
