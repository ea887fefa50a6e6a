import { binUpperEdge, type Bins } from '../../schemas/sketch.ts';
import type { WindowRow } from '../../schemas/window.ts';
import type { Pair } from './cell-rate.ts';
import { type Counted, initialCounted, stepCounted, stepHarm } from './counted-evidence.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import type { Sum } from '../rules/bernstein.ts';
import { CAP_QUANTILE, cappedSum, excessIncrements, shortfallIncrements } from '../rules/capped-mean.ts';
import {
  bucketsOf,
  countAbove,
  MIN_PAST,
  mirrored,
  pooledExceedances,
  quantileIndex,
  thresholdIndex,
  total,
} from '../rules/exceedance.ts';
import { initialInterval, type IntervalState, type Past, pastOf, stepInterval } from '../rules/interval.ts';
import { effectsOf, type Grid, initialLate, type LateState, logLate, stepLate } from '../rules/late.ts';
import { levelOf, rateIncrements, type RateWindow } from '../rules/rate-ratio.ts';
import type { Shown } from './shown.ts';

/** The sketch's growth: ratio of adjacent bucket edges. */
const GROWTH = binUpperEdge(1) / binUpperEdge(0);

/** Of measures by a quantile: rules 1, 2 and 7. */
export type ExceedanceEvidence = Counted & {
  rule: 'exceedance';
  /** The stable quantile that was counted above last, in the metric's unit. */
  threshold: number | null;
  /** Log weights·e of the proof's grid. */
  proof: readonly number[];
};

/** Of measures by the mean: rules 5 and 7. */
export type MeanEvidence = LateState & {
  rule: 'mean';
  readonly proof: readonly number[];
  readonly interval: IntervalState;
};

/** Shares of stable's exceedances that the proof's mixture is tuned to, and their weights. */
const PROOF_GRID = [0.2, 0.35, 0.6];
const PROOF_WEIGHTS = [0.25, 0.5, 0.25];
/** Excesses of a mean, as shares of stable's, that rule 5's mixture is tuned to. */
const EXCESSES: Grid = [
  { effect: 0.05, weight: 0.25 },
  { effect: 0.12, weight: 0.3 },
  { effect: 0.3, weight: 0.3 },
  { effect: 1, weight: 0.15 },
];
/** What is missing to ratioMax, as shares of what would be missing if the arms were equal. */
const SHORTFALLS = [0.5, 1, 1.3];
const SHORTFALL_WEIGHTS = [0.3, 0.5, 0.2];

export const newExceedance = (): ExceedanceEvidence => ({
  rule: 'exceedance',
  ...initialCounted(),
  threshold: null,
  proof: PROOF_WEIGHTS.map((p) => Math.log(p)),
});

export const newMean = (): MeanEvidence => ({
  rule: 'mean',
  ...initialLate(EXCESSES),
  proof: SHORTFALL_WEIGHTS.map((p) => Math.log(p)),
  interval: initialInterval(),
});

/**
 * Rule 2's threshold comes from stable's bins of the windows before, so that it is known before the window is looked at. Before
 * there are enough of them, harm alone is counted, above a quantile of the present window's pooled values (see exceedance.ts).
 */
export const stepExceedance = (
  before: ExceedanceEvidence,
  plan: MetricPlan,
  pairs: readonly Pair[],
  pastStable: Shown,
): ExceedanceEvidence => {
  const past = pastBins(pastStable, plan);
  if (total(past) < MIN_PAST)
    return pairs.reduce<ExceedanceEvidence>((evidence, pair) => stepUnknown(evidence, plan, pair), before);
  const q = thresholdIndex(past, quantileOf(plan));
  const threshold = plan.metric.better === 'lower' ? binUpperEdge(q) : 1 / binUpperEdge(q);
  return pairs.reduce<ExceedanceEvidence>((evidence, pair) => stepKnown(evidence, plan, pair, q), {
    ...before,
    threshold,
  });
};

const quantileOf = ({ metric }: MetricPlan): number => metric.quantile ?? 0.99;

const stepKnown = (
  before: ExceedanceEvidence,
  plan: MetricPlan,
  { candidate, stable }: Pair,
  q: number,
): ExceedanceEvidence => {
  const { r0, p99Ratio, ratioMax } = plan.spec;
  const [c, s] = [binsOf(candidate, plan), binsOf(stable, plan)];
  const window = { candidateN: total(c), baselineN: total(s), baselineEvents: countAbove(s, q) };
  const above = (threshold: number): RateWindow => ({ ...window, candidateEvents: countAbove(c, threshold) });
  const harm = above(q + bucketsOf(p99Ratio, GROWTH, 'up'));
  const proven = above(q + bucketsOf(ratioMax, GROWTH, 'down'));
  const increments = rateIncrements(proven, 1, PROOF_GRID, levelOf(before.past));
  return {
    ...before,
    ...stepCounted(before, harm, above(q), { r0, phi: 1 }),
    proof: before.proof.map((log, i) => log + (increments[i] ?? 0)),
  };
};

const stepUnknown = (before: ExceedanceEvidence, plan: MetricPlan, { candidate, stable }: Pair): ExceedanceEvidence => {
  const { r0, p99Ratio } = plan.spec;
  const counts = pooledExceedances(
    binsOf(candidate, plan),
    binsOf(stable, plan),
    quantileOf(plan),
    bucketsOf(p99Ratio, GROWTH, 'up'),
  );
  return counts === null ? before : { ...before, ...stepHarm(before, counts, r0) };
};

/** Rule 5's cap, centres and variances come from the windows before. */
export const stepMean = (
  before: MeanEvidence,
  plan: MetricPlan,
  pairs: readonly Pair[],
  pastShown: { candidate: Shown; stable: Shown },
): MeanEvidence => {
  const pastStable = pastBins(pastShown.stable, plan);
  if (total(pastStable) < MIN_PAST) return before;
  const cap = quantileIndex(pastStable, CAP_QUANTILE);
  if (cap === undefined) return before;
  const seen = cappedSum(pastStable, cap, GROWTH);
  const baseline = pastOf(seen, seen.s1 / seen.n, 1 / 16);
  // The candidate's past begins with as much as a fifth of a window's worth of stable's, lest a few cheap answers set it.
  const own = cappedSum(pastBins(pastShown.candidate, plan), cap, GROWTH);
  const past = { baseline, candidate: pastOf(withPrior(own, seen), baseline.centre, baseline.variance) };
  const { p99Ratio } = plan.spec;
  const proves = proofStep(plan, cap, pastBins(pastShown.candidate, plan), seen, baseline);
  return pairs.reduce<MeanEvidence>((evidence, { candidate, stable }) => {
    const window = {
      candidate: cappedSum(binsOf(candidate, plan), cap, GROWTH),
      baseline: cappedSum(binsOf(stable, plan), cap, GROWTH),
    };
    if (window.candidate.n === 0 || window.baseline.n === 0) return evidence;
    const increments = excessIncrements(window, past, p99Ratio, effectsOf(EXCESSES));
    const proof = proves(binsOf(candidate, plan), window.baseline);
    return {
      ...evidence,
      ...stepLate(evidence, increments),
      proof: evidence.proof.map((log, i) => log + (proof[i] ?? 0)),
      interval: stepInterval(evidence.interval, window, past, { unit: binUpperEdge(cap) }),
    };
  }, before);
};

/**
 * The log increments of a mean's proof. The candidate is cut at `ratioMax` times the cap and scaled down by as much, then compared
 * one to one: a candidate that is `ratioMax` times as dear throughout is so on the edge of the null. Cut at the cap itself it would lose
 * more than stable does, and look cheaper than it is. The ratio is rounded down to an edge.
 */
const proofStep = (
  { spec: { ratioMax } }: MetricPlan,
  cap: number,
  ownBins: Bins,
  stableSeen: Sum,
  baseline: Past,
): ((candidate: Bins, stable: Sum) => number[]) => {
  const ownCap = cap + bucketsOf(ratioMax, GROWTH, 'down');
  const own = withPrior(cappedSum(ownBins, ownCap, GROWTH), stableSeen);
  const past = { baseline, candidate: pastOf(own, baseline.centre, baseline.variance) };
  const shortfalls = SHORTFALLS.map((share) => share * (1 - 1 / ratioMax));
  return (candidate, stable) =>
    shortfallIncrements({ candidate: cappedSum(candidate, ownCap, GROWTH), baseline: stable }, past, 1, shortfalls);
};

const PRIOR_VALUES = 20;
const withPrior = (own: Sum, stable: Sum): Sum => {
  const scale = PRIOR_VALUES / stable.n;
  return { n: own.n + PRIOR_VALUES, s1: own.s1 + scale * stable.s1, s2: own.s2 + scale * stable.s2 };
};

export const meanLogE = (evidence: MeanEvidence): number => logLate(evidence, EXCESSES);

/** A measure of which more is better is turned round (1/x), so that "too little" lies on the high side. */
const turn = (bins: Bins, { metric }: MetricPlan): Bins => (metric.better === 'lower' ? bins : mirrored(bins));

const binsOf = (row: WindowRow | undefined, plan: MetricPlan): Bins => turn(row?.bins ?? [], plan);

const pastBins = ({ bins }: Shown, plan: MetricPlan): Bins => turn(bins, plan);
