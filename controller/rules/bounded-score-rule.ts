import type { Metric } from '../../schemas/metrics.ts';
import { MAX_ITEMS, MICRO, type WindowRow } from '../../schemas/window.ts';
import { assumedScore } from './assumed-level.ts';
import type { Bet, DecisionRule, Harm, JudgedMetric, Level, Stratum } from './decision-rule.ts';
import { type ArmSizes, nearlyBest } from './formulas/expected-growth.ts';
import { addSums, checkSum, type Sum } from './formulas/bernstein.ts';
import { addPast, boundedIncrements, moments, NO_PAST, type ScorePast } from './formulas/bounded-score.ts';
import {
  initialInterval,
  type IntervalState,
  limits,
  limitsOfShares,
  negated,
  stepInterval,
} from './formulas/interval.ts';
import { logSumExp } from './formulas/log-sum-exp.ts';
import { pairedGrowths, pairedIncrements } from './formulas/paired-score.ts';
import {
  effectsOf,
  type Grid,
  initialShiryaevRoberts,
  logShiryaevRoberts,
  type ShiryaevRoberts,
  stepShiryaevRoberts,
} from './formulas/shiryaev-roberts.ts';
import { pooledMean } from './pooled-summary.ts';
import { SCORES_IN_SERVICE } from './service-reading.ts';

type ScoreState = ShiryaevRoberts & {
  readonly proof: readonly number[];
  readonly interval: IntervalState;
  readonly past: ScorePast;
  /** All of stable's scores so far. */
  readonly stablePast: Sum;
};

/** Falls of the mean, beyond δ0, that the mixture is tuned to. */
const FALLS: Grid = [
  { effect: 0.012, weight: 0.1 },
  { effect: 0.025, weight: 0.7 },
  { effect: 0.06, weight: 0.2 },
];
/** The candidate's distance from the loss that proof excludes, as shares of deltaMax (1: it is as good as stable). */
const PROOF_SHARES = [0.5, 1, 1.5];
const PROOF_WEIGHTS = [0.3, 0.5, 0.2];

const NO_SCORES: Sum = { n: 0, s1: 0, s2: 0 };

const initial = (): ScoreState => ({
  ...initialShiryaevRoberts(FALLS),
  proof: PROOF_WEIGHTS.map((p) => Math.log(p)),
  interval: initialInterval(),
  past: NO_PAST,
  stablePast: NO_SCORES,
});

const stepStratum = (before: ScoreState, judged: JudgedMetric, { candidate, stable }: Stratum): ScoreState => {
  const [c, s] = [scoreSum(candidate, judged.metric), scoreSum(stable, judged.metric)];
  checkSum('candidate', c);
  checkSum('baseline', s);
  const after = {
    past: addPast(before.past, { candidate: c, baseline: s }),
    stablePast: addSums(before.stablePast, s),
  };
  if (c.n === 0 || s.n === 0) return { ...before, ...after };
  const past = moments(before.past);
  const { harm, proof } = incrementsOf(judged, { candidate, stable }, { candidate: c, baseline: s }, past);
  const seen = { centre: past.m, variance: past.v };
  return {
    ...before,
    ...after,
    ...stepShiryaevRoberts(before, harm),
    proof: before.proof.map((log, i) => log + (proof[i] ?? 0)),
    interval: stepInterval(before.interval, { candidate: c, baseline: s }, { candidate: seen, baseline: seen }),
  };
};

/** Scores one by one where both rows carry all of them, else their sums: a choice by counts alone, so that it is known beforehand. */
const incrementsOf = (
  { spec, metric }: JudgedMetric,
  stratum: Stratum,
  sums: { candidate: Sum; baseline: Sum },
  { m, v }: { m: number; v: number },
): { harm: number[]; proof: number[] } => {
  const distances = PROOF_SHARES.map((share) => share * spec.deltaMax);
  const [c, s] = [itemsOf(stratum.candidate, metric), itemsOf(stratum.stable, metric)];
  if (c !== null && s !== null)
    return {
      harm: pairedIncrements(c, s, v, effectsOf(FALLS), spec.delta0),
      proof: pairedIncrements(s, c, v, distances, -spec.deltaMax),
    };
  return {
    harm: boundedIncrements(sums, { m, v }, effectsOf(FALLS), spec.delta0),
    proof: boundedIncrements(
      { candidate: sums.baseline, baseline: sums.candidate },
      { m, v },
      distances,
      -spec.deltaMax,
    ),
  };
};

/** All scores of a row, higher being better; null if it carries only some of them. */
const itemsOf = (row: WindowRow | undefined, { better }: Metric): number[] | null => {
  if (row === undefined || row.items.length !== row.count) return null;
  return row.items.map(({ micro }) => (better === 'higher' ? micro / MICRO : 1 - micro / MICRO));
};

/** The formulas take scores of which higher is better; one that points the other way is turned round: 1 − x. */
const scoreSum = (row: WindowRow | undefined, { better }: Metric): Sum => {
  if (row === undefined) return NO_SCORES;
  const [n, s1, s2] = [row.count, row.sumMicro / MICRO, row.sumSqMicro / MICRO];
  return better === 'higher' ? { n, s1, s2 } : { n, s1: n - s1, s2: n - 2 * s1 + s2 };
};

/** Pairs grow as betting's second-order expansion says; sums by the increment of what is expected. */
const bets = (state: ScoreState, { spec }: JudgedMetric, level: Level, sizes: ArmSizes): Bet[] => {
  const { candidate, stable } = sizes;
  const { mean, variance: v } = level;
  if (level.count === 0 || !(candidate > 0 && stable > 0)) return [];
  const distances = PROOF_SHARES.map((share) => share * spec.deltaMax);
  const expected = (n: number): Sum => ({ n, s1: n * mean, s2: n * (mean ** 2 + v) });
  const growths =
    Math.max(candidate, stable) <= MAX_ITEMS
      ? pairedGrowths(v, sizes, distances, spec.deltaMax)
      : boundedIncrements(
          { candidate: expected(stable), baseline: expected(candidate) },
          { m: mean, v },
          distances,
          -spec.deltaMax,
        ).map((sum) => nearlyBest(sum / candidate));
  return growths.map((growth, k) => ({ logE: state.proof[k] ?? -Infinity, ...growth, ends: 0 }));
};

const harm = ({ interval, stablePast }: ScoreState, alpha: number): Harm | null => {
  const found = limits(interval, 2 * alpha);
  if (found === null || stablePast.n === 0) return null;
  return { excessUpper: Math.min(1, -found.lower), stableBad: 1 - stablePast.s1 / stablePast.n };
};

/** Scores in [0, 1]. Its interval is of the mean. */
export const BOUNDED_SCORE: DecisionRule<ScoreState> = {
  name: 'bounded score',
  about: {
    compares: 'the means of scores from 0 to 1, by their difference',
    metrics: 'scores, rubrics of a judge',
    source: 'Waudby-Smith & Ramdas 2024; Fan, Grama & Liu 2015; Howard et al. 2021',
    file: 'bounded-score-rule.ts',
    answers: {
      worse: 'scores one by one, or by their sums; Shiryaev–Roberts',
      goodEnough: 'the same mirrored',
      interval: 'of the mean',
      harm: 'loss of the mean',
    },
  },
  judges: ({ family }) => family === 'score',
  hasSlices: true,
  decidesInShadow: true,
  inService: SCORES_IN_SERVICE,
  initial,
  step: (before, judged, strata) => strata.reduce((state, stratum) => stepStratum(state, judged, stratum), before),
  logE: (state) => logShiryaevRoberts(state, FALLS),
  logProof: ({ proof }) => logSumExp(proof),
  bets,
  assumed: assumedScore,
  proves: 'deltaMax',
  interval: ({ interval }, { metric }, alpha) => {
    const found = limits(interval, alpha);
    if (found === null) return null;
    return metric.better === 'higher' ? limitsOfShares(found) : negated(limitsOfShares(found));
  },
  tolerated: ({ metric, spec: { delta0 } }) => (metric.better === 'higher' ? -delta0 : delta0),
  harm,
  budgetedBad: (stableBad) => stableBad,
  value: (_metric, summary) => pooledMean(summary),
  text: {
    rule: () => 'bounded score',
    unit: () => '',
    interval: () => '',
    tolerance: ({ spec }) => `tolerated loss ${spec.delta0}`,
  },
};
