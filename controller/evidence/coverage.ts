import { UNCAPTURED_SLICE } from '../../schemas/counted-metrics.ts';
import { registeredMetric } from '../../schemas/metrics.ts';
import type { Sides } from '../../schemas/sentence/comparison.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { liveTopic, metricPlans } from '../rollout/metric-plan.ts';
import { isCanary, type RolloutSpec } from '../rollout/strategy.ts';
import { addCount, countBefore, type CountsByWindow, NO_COUNT } from './counts-by-window.ts';

/**
 * Coverage: how much of what was to be seen was seen. Of exchanges: those in the topic against those that the ingress counted
 * (`error_rate.count` / `accepted.sum`), per arm over the stage. Of scores: those scored or found not applicable, against what
 * was due, and against those plus what the scorer could not score; the lesser counts. Loss is not random (the failing arm is the
 * one that loses telemetry), so too little coverage is HOLD, and so is a difference between the arms of more than half a point.
 *
 * **Due** are the answers that the judge says it meant to score (`judged`), and those that the assigned arm gave (its requests
 * less its failures) and of which the judge has said nothing. What a judge leaves out because it is behind is thus not asked
 * for; what it has not spoken of is. For a metric that a judge model scores it is the same by `judged_by_models`, and of the
 * answers that the judge has said nothing of only the share is due that the rollout's `judging` plans to put before a model.
 *
 * `cost` is of exchanges, and missing where a version has prices and its answer tells no tokens: such answers are its errors.
 *
 * What the agent's policy does not keep can't be judged, and was not to be: of the answers that the judge has spoken of, those
 * without bodies are not due, and of those that it has not spoken of only the same share is due that was kept of the others.
 *
 * A score is given a little after its answer, so answers of the last while are not asked for yet: see `judge-pace.ts`.
 */
export type ArmCounts = {
  accepted: number;
  seen: number;
  /** Requests of callers who may not name subjects, beside those seen. */
  unvouched: number;
  /** The answers that the arm gave itself. */
  served: CountsByWindow;
  byRules: Meant;
  byModels: Meant;
  /** Among those of `byRules`, the answers whose bodies were not to be kept. */
  uncaptured: CountsByWindow;
  /** By metric from scores. `judged` is scored or not applicable; `byModel` where a judge model gave any. */
  scores: ReadonlyMap<string, ScoreCounts>;
};
/** Of how many answers the judge has spoken, and those that it meant to score, by the window in which it said so. */
type Meant = { count: number; meant: CountsByWindow };
type ScoreCounts = { judged: number; errors: number; byModel: boolean };
export type StageCounts = { candidate: ArmCounts; stable: ArmCounts };

const MAX_UNEVEN = 0.005;
/** Of exchanges, and yet not of all of them: an answer may not tell what it used. */
const COST = 'cost';

const NO_SCORES: ScoreCounts = { judged: 0, errors: 0, byModel: false };
const NO_MEANT: Meant = { count: 0, meant: NO_COUNT };
const NO_COUNTS: ArmCounts = {
  accepted: 0,
  seen: 0,
  unvouched: 0,
  served: NO_COUNT,
  byRules: NO_MEANT,
  byModels: NO_MEANT,
  uncaptured: NO_COUNT,
  scores: new Map(),
};
export const noCounts = (): StageCounts => ({ candidate: NO_COUNTS, stable: NO_COUNTS });

const UNCAPTURED = Object.entries(UNCAPTURED_SLICE)
  .map(([label, value]) => `${label}=${value}`)
  .join();

/** Whether a stage's counts are made of such rows: without slice, and what was not to be kept. */
export const isCounted = ({ metric, slice }: WindowRow): boolean =>
  slice === ALL || (metric === 'judged' && slice === UNCAPTURED);

/** Adds one live row that is counted. */
export const countRow = (counts: StageCounts, row: WindowRow): StageCounts => {
  const arm = row.arm === 'candidate' ? 'candidate' : row.arm === 'stable' ? 'stable' : null;
  return arm === null ? counts : { ...counts, [arm]: countArm(counts[arm], row) };
};

const countArm = (counts: ArmCounts, row: WindowRow): ArmCounts => {
  switch (row.metric) {
    case 'accepted':
      return { ...counts, accepted: counts.accepted + row.sumMicro / MICRO };
    case 'unvouched':
      return { ...counts, unvouched: counts.unvouched + row.count };
    case 'error_rate':
      return {
        ...counts,
        served: addCount(counts.served, row.startMs, row.count - row.sumMicro / MICRO),
        seen: counts.seen + row.count,
      };
    case 'judged':
      return row.slice === ALL
        ? { ...counts, byRules: addMeant(counts.byRules, row) }
        : { ...counts, uncaptured: addCount(counts.uncaptured, row.startMs, row.count) };
    case 'judged_by_models':
      return { ...counts, byModels: addMeant(counts.byModels, row) };
    case COST:
      return countScores(counts, row);
    default:
      return liveTopic(row.metric) === liveTopic('task_success') ? countScores(counts, row) : counts;
  }
};

const countScores = (counts: ArmCounts, row: WindowRow): ArmCounts => {
  const scores = new Map(counts.scores);
  const { judged, errors, byModel } = scores.get(row.metric) ?? NO_SCORES;
  scores.set(row.metric, {
    judged: judged + row.count + row.notApplicable,
    errors: errors + row.errors,
    byModel: byModel || row.judges.length > 0,
  });
  return { ...counts, scores };
};

const addMeant = ({ count, meant }: Meant, { startMs, count: spoken, sumMicro }: WindowRow): Meant => ({
  count: count + spoken,
  meant: addCount(meant, startMs, sumMicro / MICRO),
});

/** How many answers the judge meant to score, of those that it has spoken of. */
export const meantCount = ({ meant }: Meant): number => allOf(meant);

const allOf = (counts: CountsByWindow): number => countBefore(counts, Infinity);

/** The share of the answers whose bodies were to be kept, of those that the judge has spoken of; 1 before it has. */
const keptShare = ({ byRules, uncaptured }: ArmCounts): number =>
  byRules.count === 0 ? 1 : Math.max(0, 1 - allOf(uncaptured) / byRules.count);

/** Whether the judge has spoken of the stage's answers, and nothing was to be kept of any. */
export const keepsNothing = ({ candidate, stable }: StageCounts): boolean => {
  const spoken = candidate.byRules.count + stable.byRules.count;
  return spoken > 0 && allOf(candidate.uncaptured) + allOf(stable.uncaptured) >= spoken;
};

/**
 * How many answers are due: what the judge meant to score, and what it has not spoken of though it could be read. By the rules, or
 * by models where the `share` is given that the rollout plans for them.
 */
const dueOf = (arm: ArmCounts, share: number | null, dueBeforeMs: number): number => {
  const served = countBefore(arm.served, dueBeforeMs) * keptShare(arm);
  if (share !== null) {
    const { count, meant } = arm.byModels;
    return countBefore(meant, dueBeforeMs) + Math.max(0, leastSampled(served, share) - count);
  }
  const { count, meant } = arm.byRules;
  const kept = countBefore(meant, dueBeforeMs) - countBefore(arm.uncaptured, dueBeforeMs);
  return Math.max(0, kept) + Math.max(0, served - (count - allOf(arm.uncaptured)));
};

/** How many of the answers whose cost is asked for told what they used. */
const toldCost = (arm: ArmCounts): number | null => {
  const { judged, errors } = arm.scores.get(COST) ?? NO_SCORES;
  return judged + errors > 0 ? judged / (judged + errors) : null;
};

export type CoverageEntry = { of: string; candidate: number; stable: number };

/** Whether a model scores the metric: every rubric, and what a model was seen to score. */
export const isByModel = ({ candidate, stable }: StageCounts, metric: string): boolean =>
  registeredMetric(metric) === undefined || [candidate, stable].some((arm) => arm.scores.get(metric)?.byModel === true);

/**
 * Every coverage of a stage that can be told, each from 0 to 1; an arm with nothing to cover counts as the other does. Scores
 * are held against what windows tell that start before `dueBeforeMs`: the judge needs its time, and its models theirs.
 */
export const coverages = (
  counts: StageCounts,
  spec: RolloutSpec,
  seenMetrics: ReadonlySet<string>,
  dueBeforeMs: number,
): CoverageEntry[] => {
  const { candidate, stable } = counts;
  const telemetry = (arm: ArmCounts): number | null => (arm.accepted > 0 ? arm.seen / arm.accepted : null);
  const ofScores = (arm: ArmCounts, metric: string, sharePct: number): number | null => {
    const { judged, errors } = arm.scores.get(metric) ?? NO_SCORES;
    const share = isByModel(counts, metric) ? sharePct / 100 : null;
    const due = Math.max(judged + errors, dueOf(arm, share, dueBeforeMs));
    return due > 0 ? judged / due : null;
  };
  const { candidatePct, stablePct } = isCanary(spec) ? spec.judging : UNSAMPLED;
  const plans = metricPlans(spec);
  const isCostAsked = plans.some((plan) => plan.metric.rows === COST);
  const metrics = plans
    .filter((plan) => plan.metric.source === 'scores' && (plan.named || seenMetrics.has(plan.metric.rows)))
    .map((plan) => plan.metric.rows);
  return [
    ...entry('exchanges', telemetry(candidate), telemetry(stable)),
    ...(isCostAsked ? entry(COST, toldCost(candidate), toldCost(stable)) : []),
    ...metrics.flatMap((metric) =>
      entry(metric, ofScores(candidate, metric, candidatePct), ofScores(stable, metric, stablePct)),
    ),
  ];
};

const UNSAMPLED = { candidatePct: 100, stablePct: 100 };
const SAMPLING_SIGMAS = 3;

/** So many of `served` answers are before the judge at least, if each is with a chance of `share`: three standard deviations off. */
const leastSampled = (served: number, share: number): number =>
  Math.max(0, served * share - SAMPLING_SIGMAS * Math.sqrt(served * share * (1 - share)));

const entry = (of: string, candidate: number | null, stable: number | null): CoverageEntry[] =>
  candidate === null && stable === null
    ? []
    : [{ of, candidate: Math.min(1, candidate ?? stable ?? 1), stable: Math.min(1, stable ?? candidate ?? 1) }];

const SHORT_OF: Readonly<Record<string, string>> = {
  exchanges: 'telemetry is missing: seen were',
  [COST]: 'answers do not tell their tokens (streams need stream_options.include_usage): costs cover',
};

/** The first coverage that is too low or too uneven, in words that name both versions; null if all are well. */
export const coverageShortfall = (
  entries: readonly CoverageEntry[],
  minCoverage: number,
  versions: Sides,
): string | null => {
  const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
  for (const { of, candidate, stable } of entries) {
    const { noun } = metricWords(of);
    const what = SHORT_OF[of] ?? `the judge lags or fails: scores of ${noun} cover`;
    const arms = `${percent(candidate)} of ${versions.candidate}'s requests and ${percent(stable)} of ${versions.stable}'s`;
    if (Math.min(candidate, stable) < minCoverage) return `${what} ${arms}; ${percent(minCoverage)} are needed`;
    if (Math.abs(candidate - stable) > MAX_UNEVEN) return `${what} ${arms}; that is uneven by more than half a point`;
  }
  return null;
};
