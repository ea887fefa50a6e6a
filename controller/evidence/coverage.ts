import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { liveTopic, metricPlans } from '../rollout/metric-plan.ts';
import { isCanary, type RolloutSpec } from '../rollout/strategy.ts';

/**
 * Coverage: how much of what happened was seen. Of exchanges: those in the topic against those that the ingress counted
 * (`error_rate.count` / `accepted.sum`), per arm over the stage. Of scores: those scored or found not applicable, against the
 * live answers that the assigned arm gave (its requests less its failures), and against those plus what the scorer could not
 * score; the lesser counts. Loss is not random (the failing arm is the one that loses telemetry), so too little coverage is
 * HOLD, and so is a difference between the arms of more than half a point.
 *
 * A score is given a little after its answer, so answers of the last `judgeLagMs` are not asked for yet. A metric that a judge
 * model scores is held against the share of answers that the rollout's `judging` plans to put before it.
 */
export type ArmCounts = {
  accepted: number;
  seen: number;
  /** The answers that the arm gave itself: by window, the latest ones, and of all windows before them. */
  served: readonly { startMs: number; count: number }[];
  servedEarlier: number;
  /** By metric from scores. `judged` is scored or not applicable; `byModel` where a judge model gave any. */
  scores: ReadonlyMap<string, ScoreCounts>;
};
type ScoreCounts = { judged: number; errors: number; byModel: boolean };
export type StageCounts = { candidate: ArmCounts; stable: ArmCounts };

const MAX_UNEVEN = 0.005;
const JUDGE_LAG_WINDOWS = 2;
const JUDGE_LAG_MIN_MS = 5_000;
export const judgeLagMs = (windowMs: number): number => Math.max(JUDGE_LAG_WINDOWS * windowMs, JUDGE_LAG_MIN_MS);

const NO_SCORES: ScoreCounts = { judged: 0, errors: 0, byModel: false };
const NO_COUNTS: ArmCounts = { accepted: 0, seen: 0, served: [], servedEarlier: 0, scores: new Map() };
export const noCounts = (): StageCounts => ({ candidate: NO_COUNTS, stable: NO_COUNTS });

/** Adds one live row without slice. */
export const countRow = (counts: StageCounts, row: WindowRow): StageCounts => {
  const arm = row.arm === 'candidate' ? 'candidate' : row.arm === 'stable' ? 'stable' : null;
  return arm === null ? counts : { ...counts, [arm]: countArm(counts[arm], row) };
};

const countArm = (counts: ArmCounts, row: WindowRow): ArmCounts => {
  if (row.metric === 'accepted') return { ...counts, accepted: counts.accepted + row.sumMicro / MICRO };
  if (row.metric === 'error_rate') {
    return { ...countServed(counts, row), seen: counts.seen + row.count };
  }
  if (liveTopic(row.metric) !== liveTopic('task_success')) return counts;
  const scores = new Map(counts.scores);
  const { judged, errors, byModel } = scores.get(row.metric) ?? NO_SCORES;
  scores.set(row.metric, {
    judged: judged + row.count + row.notApplicable,
    errors: errors + row.errors,
    byModel: byModel || row.judges.length > 0,
  });
  return { ...counts, scores };
};

/** So many windows are kept apart. A judge that is further behind puts the rollout on hold by its lag. */
const SERVED_WINDOWS = 120;

const countServed = (counts: ArmCounts, { startMs, count, sumMicro }: WindowRow): ArmCounts => {
  const served = [...counts.served, { startMs, count: count - sumMicro / MICRO }];
  const oldest = served.length > SERVED_WINDOWS ? served.shift() : undefined;
  return { ...counts, served, servedEarlier: counts.servedEarlier + (oldest?.count ?? 0) };
};

export type CoverageEntry = { of: string; candidate: number; stable: number };

/**
 * Every coverage of a stage that can be told, each from 0 to 1; an arm with nothing to cover counts as the other does. Scores
 * are held against the answers of windows that start before `servedBeforeMs`: the judge needs its time.
 */
export const coverages = (
  counts: StageCounts,
  spec: RolloutSpec,
  seenMetrics: ReadonlySet<string>,
  servedBeforeMs: number,
): CoverageEntry[] => {
  const { candidate, stable } = counts;
  const telemetry = (arm: ArmCounts): number | null => (arm.accepted > 0 ? arm.seen / arm.accepted : null);
  const isSampled = (metric: string): boolean =>
    [candidate, stable].some((arm) => arm.scores.get(metric)?.byModel === true);
  const ofScores = (arm: ArmCounts, metric: string, sharePct: number): number | null => {
    const { judged, errors } = arm.scores.get(metric) ?? NO_SCORES;
    const share = isSampled(metric) ? sharePct / 100 : 1;
    const due = Math.max(judged + errors, leastSampled(servedBefore(arm, servedBeforeMs), share));
    return due > 0 ? judged / due : null;
  };
  const { candidatePct, stablePct } = isCanary(spec) ? spec.judging : UNSAMPLED;
  const metrics = metricPlans(spec)
    .filter((plan) => plan.metric.source === 'scores' && (plan.named || seenMetrics.has(plan.metric.rows)))
    .map((plan) => plan.metric.rows);
  return [
    ...entry('exchanges', telemetry(candidate), telemetry(stable)),
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

const servedBefore = ({ served, servedEarlier }: ArmCounts, beforeMs: number): number =>
  served.reduce((sum, { startMs, count }) => (startMs < beforeMs ? sum + count : sum), servedEarlier);

/** The first coverage that is too low or too uneven, in words; null if all are well. */
export const coverageShortfall = (entries: readonly CoverageEntry[], minCoverage: number): string | null => {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  for (const { of, candidate, stable } of entries) {
    const what = of === 'exchanges' ? 'telemetry covers' : `the judge lags or fails: scores of ${of} cover`;
    const arms = `${percent(candidate)} of the candidate's and ${percent(stable)} of stable's requests`;
    if (Math.min(candidate, stable) < minCoverage) return `${what} ${arms}, less than ${percent(minCoverage)}`;
    if (Math.abs(candidate - stable) > MAX_UNEVEN) return `${what} ${arms}, uneven by more than half a point`;
  }
  return null;
};
