import { binUpperEdge, type Bins } from '../../schemas/sketch.ts';
import { assumedMeasure } from './assumed-level.ts';
import type { Bet, DecisionRule, JudgedMetric, Level, PastSummaries, Stratum } from './decision-rule.ts';
import { type ArmSizes, nearlyBest } from './formulas/expected-growth.ts';
import type { Sum } from './formulas/bernstein.ts';
import { CAP_QUANTILE, cappedSum, excessIncrements, shortfallIncrements } from './formulas/capped-mean.ts';
import { bucketsOf, MIN_PAST, quantileIndex, total } from './formulas/exceedance.ts';
import { initialInterval, type IntervalState, limits, type Past, pastOf, stepInterval } from './formulas/interval.ts';
import { logSumExp } from './formulas/log-sum-exp.ts';
import {
  effectsOf,
  type Grid,
  initialShiryaevRoberts,
  logShiryaevRoberts,
  type ShiryaevRoberts,
  stepShiryaevRoberts,
} from './formulas/shiryaev-roberts.ts';
import { badSideUp, GROWTH } from './measure-bins.ts';
import { pooledMean } from './pooled-summary.ts';
import { EXCEEDANCES_IN_SERVICE } from './service-reading.ts';

type MeanState = ShiryaevRoberts & { readonly proof: readonly number[]; readonly interval: IntervalState };

/** Excesses of a mean, as shares of stable's, that the mixture is tuned to. */
const EXCESSES: Grid = [
  { effect: 0.05, weight: 0.25 },
  { effect: 0.12, weight: 0.3 },
  { effect: 0.3, weight: 0.3 },
  { effect: 1, weight: 0.15 },
];
/** What is missing to ratioMax, as shares of what would be missing if the arms were equal. */
const SHORTFALLS = [0.5, 1, 1.3];
const SHORTFALL_WEIGHTS = [0.3, 0.5, 0.2];

/** Cap, centres and variances come from the windows before. */
const step = (
  before: MeanState,
  judged: JudgedMetric,
  strata: readonly Stratum[],
  summaries: PastSummaries,
): MeanState => {
  const { metric } = judged;
  const pastStable = badSideUp(summaries.stable, metric);
  if (total(pastStable) < MIN_PAST) return before;
  const cap = quantileIndex(pastStable, CAP_QUANTILE);
  if (cap === undefined) return before;
  const pastCandidate = badSideUp(summaries.candidate, metric);
  const seen = cappedSum(pastStable, cap, GROWTH);
  const baseline = pastOf(seen, seen.s1 / seen.n, 1 / 16);
  // The candidate's past begins with as much as a fifth of a window's worth of stable's, lest a few cheap answers set it.
  const pastCutAt = (ownCap: number): Past =>
    pastOf(withPrior(cappedSum(pastCandidate, ownCap, GROWTH), seen), baseline.centre, baseline.variance);
  const past = { baseline, candidate: pastCutAt(cap) };
  const accuses = harmStep(judged, cap, { baseline, pastCutAt });
  const proves = proofStep(judged, cap, { baseline, pastCutAt });
  return strata.reduce<MeanState>((state, { candidate, stable }) => {
    const window = {
      candidate: cappedSum(badSideUp(candidate, metric), cap, GROWTH),
      baseline: cappedSum(badSideUp(stable, metric), cap, GROWTH),
    };
    if (window.candidate.n === 0 || window.baseline.n === 0) return state;
    const increments = accuses(badSideUp(candidate, metric), window.baseline);
    const proof = proves(badSideUp(candidate, metric), window.baseline);
    return {
      ...state,
      ...stepShiryaevRoberts(state, increments),
      proof: state.proof.map((log, i) => log + (proof[i] ?? 0)),
      interval: stepInterval(state.interval, window, past, { unit: binUpperEdge(cap) }),
    };
  }, before);
};

/** The past of both arms; the candidate's, cut at a cap of its own. */
type CutPast = { baseline: Past; pastCutAt: (ownCap: number) => Past };
type Increments = (candidate: Bins, stable: Sum) => number[];

/**
 * The log increments of a mean's harm. The candidate is cut at `p99Ratio` times the cap and scaled down by as much, then compared one to
 * one: cut at the cap itself it could never be found to be more than the tolerated times as dear where stable's own mean is near
 * its cap, as lengths are. The ratio is rounded up to an edge.
 */
const harmStep = ({ spec: { p99Ratio } }: JudgedMetric, cap: number, { baseline, pastCutAt }: CutPast): Increments => {
  const ownCap = cap + bucketsOf(p99Ratio, GROWTH, 'up');
  const past = { baseline, candidate: pastCutAt(ownCap) };
  return (candidate, stable) =>
    excessIncrements(
      { candidate: cappedSum(candidate, ownCap, GROWTH), baseline: stable },
      past,
      1,
      effectsOf(EXCESSES),
    );
};

/**
 * The log increments of a mean's proof. The candidate is cut at `ratioMax` times the cap and scaled down by as much, then compared
 * one to one: a candidate that is `ratioMax` times as dear throughout is so on the edge of the null. Cut at the cap itself it would lose
 * more than stable does, and look cheaper than it is. The ratio is rounded down to an edge.
 */
const proofStep = ({ spec: { ratioMax } }: JudgedMetric, cap: number, { baseline, pastCutAt }: CutPast): Increments => {
  const ownCap = cap + bucketsOf(ratioMax, GROWTH, 'down');
  const past = { baseline, candidate: pastCutAt(ownCap) };
  const shortfalls = SHORTFALLS.map((share) => share * (1 - 1 / ratioMax));
  return (candidate, stable) =>
    shortfallIncrements({ candidate: cappedSum(candidate, ownCap, GROWTH), baseline: stable }, past, 1, shortfalls);
};

/** By stable's own bins, as if the candidate had them. */
const bets = (state: MeanState, judged: JudgedMetric, level: Level, { candidate, stable }: ArmSizes): Bet[] => {
  const bins = badSideUp(level, judged.metric);
  const cap = total(bins) < MIN_PAST ? undefined : quantileIndex(bins, CAP_QUANTILE);
  if (cap === undefined || !(candidate > 0 && stable > 0)) return [];
  const scaled = (n: number): Bins => bins.map(({ index, count }) => ({ index, count: (count * n) / total(bins) }));
  const seen = cappedSum(bins, cap, GROWTH);
  const baseline = pastOf(seen, seen.s1 / seen.n, 1 / 16);
  const pastCutAt = (ownCap: number): Past =>
    pastOf(cappedSum(bins, ownCap, GROWTH), baseline.centre, baseline.variance);
  const proves = proofStep(judged, cap, { baseline, pastCutAt });
  return proves(scaled(candidate), cappedSum(scaled(stable), cap, GROWTH)).map((sum, k) => ({
    logE: state.proof[k] ?? -Infinity,
    ...nearlyBest(sum / candidate),
    ends: 0,
  }));
};

const PRIOR_VALUES = 20;
const withPrior = (own: Sum, stable: Sum): Sum => {
  const scale = PRIOR_VALUES / stable.n;
  return { n: own.n + PRIOR_VALUES, s1: own.s1 + scale * stable.s1, s2: own.s2 + scale * stable.s2 };
};

/** Costs, tokens, lengths: what they come to is what is paid. Its interval is of the capped mean, in the metric's unit. */
export const MEAN_RATIO: DecisionRule<MeanState> = {
  name: 'mean ratio',
  about: {
    compares: 'the means, each value cut at stable’s 99.8 % quantile, by their ratio',
    metrics: 'measures by their mean (`cost`, `tokens`, `length`)',
    source: 'Fan, Grama & Liu 2015; Howard et al. 2021; Catoni 2012 on the cap',
    file: 'mean-ratio-rule.ts',
    answers: {
      worse: 'capped means, Shiryaev–Roberts',
      goodEnough: 'the same mirrored',
      interval: 'of the capped mean, in the metric’s unit',
      harm: 'none',
    },
  },
  judges: ({ family, quantile }) => family === 'measure' && quantile === null,
  /** Rows of slices carry no bins. */
  hasSlices: false,
  /** As of quantiles: a sign test calls anything worse that is dearer by a hair. */
  decidesInShadow: false,
  /** Where a few answers make most of what is paid, those show a change first, and a mean's cap would hide it. */
  inService: EXCEEDANCES_IN_SERVICE,
  initial: () => ({
    ...initialShiryaevRoberts(EXCESSES),
    proof: SHORTFALL_WEIGHTS.map((p) => Math.log(p)),
    interval: initialInterval(),
  }),
  step,
  logE: (state) => logShiryaevRoberts(state, EXCESSES),
  logProof: ({ proof }) => logSumExp(proof),
  bets,
  assumed: assumedMeasure,
  proves: 'ratioMax',
  interval: ({ interval }, _judged, alpha) => limits(interval, alpha),
  /** Of the mean as it is, a little more than of the capped one. */
  tolerated: ({ spec }, stable) => {
    const mean = pooledMean(stable);
    return mean === null ? null : (spec.p99Ratio - 1) * mean;
  },
  harm: () => null,
  budgetedBad: null,
  value: (_metric, summary) => pooledMean(summary),
  text: {
    rule: () => 'mean ratio',
    unit: (metric) => ` ${metric.unit} (mean)`,
    interval: () => '',
    tolerance: ({ spec }) => `tolerated ratio of the mean ${spec.p99Ratio}`,
  },
};
