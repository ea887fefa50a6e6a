import type { Metric } from '../../schemas/metrics.ts';
import { quantile } from '../../schemas/sketch.ts';
import {
  type BadEvents,
  badEventsHarm,
  badEventsInterval,
  badEventsLogE,
  initialBadEvents,
  stepBadEvents,
  stepHarmAlone,
} from './bad-event-counts.ts';
import { assumedMeasure } from './assumed-level.ts';
import type { Bet, DecisionRule, JudgedMetric, Level, PastSummaries, Stratum } from './decision-rule.ts';
import { type ArmSizes, ratioGrowth } from './formulas/expected-growth.ts';
import { bucketsOf, countAbove, MIN_PAST, pooledExceedances, thresholdIndex, total } from './formulas/exceedance.ts';
import { logSumExp } from './formulas/log-sum-exp.ts';
import { levelOf, rateIncrements, type RateWindow } from './formulas/rate-ratio.ts';
import { badSideUp, GROWTH } from './measure-bins.ts';
import type { PooledSummary } from './pooled-summary.ts';
import { EXCEEDANCES_IN_SERVICE } from './service-reading.ts';

type ExceedanceState = BadEvents & {
  /** Log weights·e of the proof's grid. */
  proof: readonly number[];
};

/** Shares of stable's exceedances that the proof's mixture is tuned to, and their weights. */
const PROOF_GRID = [0.2, 0.35, 0.6];
const PROOF_WEIGHTS = [0.25, 0.5, 0.25];

/**
 * The threshold comes from stable's bins of the windows before, so that it is known before the window is looked at. Before
 * there are enough of them, harm alone is counted, above a quantile of the present window's pooled values (see exceedance.ts).
 */
const step = (
  before: ExceedanceState,
  judged: JudgedMetric,
  strata: readonly Stratum[],
  past: PastSummaries,
): ExceedanceState => {
  const pastStable = badSideUp(past.stable, judged.metric);
  if (total(pastStable) < MIN_PAST)
    return strata.reduce((state, stratum) => stepUnknown(state, judged, stratum), before);
  const q = thresholdIndex(pastStable, quantileOf(judged.metric));
  return strata.reduce((state, stratum) => stepKnown(state, judged, stratum, q), before);
};

/** By the shares of stable's own values beyond the thresholds. */
const bets = (
  state: ExceedanceState,
  { metric, spec: { ratioMax } }: JudgedMetric,
  level: Level,
  sizes: ArmSizes,
): Bet[] => {
  const bins = badSideUp(level, metric);
  if (total(bins) < MIN_PAST) return [];
  const q = thresholdIndex(bins, quantileOf(metric));
  const share = (threshold: number): number => countAbove(bins, threshold) / total(bins);
  const rates = { candidate: share(q + bucketsOf(ratioMax, GROWTH, 'down')), stable: share(q) };
  return ratioGrowth(rates, sizes, 1, PROOF_GRID, rates.stable).map((growth, k) => ({
    logE: state.proof[k] ?? -Infinity,
    ...growth,
    ends: 0,
  }));
};

const quantileOf = ({ quantile: q }: Metric): number => q ?? 0.99;

const stepKnown = (
  before: ExceedanceState,
  { metric, spec: { r0, p99Ratio, ratioMax } }: JudgedMetric,
  { candidate, stable }: Stratum,
  q: number,
): ExceedanceState => {
  const [c, s] = [badSideUp(candidate, metric), badSideUp(stable, metric)];
  const window = { candidateN: total(c), baselineN: total(s), baselineEvents: countAbove(s, q) };
  const above = (threshold: number): RateWindow => ({ ...window, candidateEvents: countAbove(c, threshold) });
  const harm = above(q + bucketsOf(p99Ratio, GROWTH, 'up'));
  const proven = above(q + bucketsOf(ratioMax, GROWTH, 'down'));
  const increments = rateIncrements(proven, 1, PROOF_GRID, levelOf(before.past));
  return {
    ...before,
    ...stepBadEvents(before, harm, above(q), { r0, phi: 1 }),
    proof: before.proof.map((log, i) => log + (increments[i] ?? 0)),
  };
};

const stepUnknown = (
  before: ExceedanceState,
  { metric, spec: { r0, p99Ratio } }: JudgedMetric,
  { candidate, stable }: Stratum,
): ExceedanceState => {
  const counts = pooledExceedances(
    badSideUp(candidate, metric),
    badSideUp(stable, metric),
    quantileOf(metric),
    bucketsOf(p99Ratio, GROWTH, 'up'),
  );
  return counts === null ? before : { ...before, ...stepHarmAlone(before, counts, r0) };
};

/**
 * If all values of the candidate were `p99Ratio` times stable's, those above q/`p99Ratio` would be beyond q; of them `r0` times as many
 * are let pass.
 */
const tolerated = ({ metric, spec: { r0, p99Ratio } }: JudgedMetric, stable: PooledSummary): number | null => {
  const bins = badSideUp(stable, metric);
  if (total(bins) < MIN_PAST) return null;
  const q = thresholdIndex(bins, quantileOf(metric));
  const share = (threshold: number): number => countAbove(bins, threshold) / total(bins);
  return Math.min(1, r0 * share(q - bucketsOf(p99Ratio, GROWTH, 'up'))) - share(q);
};

/** The quantile by which a metric is read: that of its bad side, so the slowest percent is p1 where more is better. */
const quantileShown = (metric: Metric): number =>
  metric.better === 'lower' ? quantileOf(metric) : 1 - quantileOf(metric);

const readingOf = (metric: Metric): string => `p${Math.round(quantileShown(metric) * 100)}`;

/** Values beyond a quantile of stable's. Its interval is of the share beyond it. */
export const EXCEEDANCES: DecisionRule<ExceedanceState> = {
  name: 'exceedances',
  about: {
    compares: 'the shares beyond a quantile of stable’s, by their ratio',
    metrics: 'measures by a quantile (`latency`, `latency_p50`, `throughput` …)',
    source: 'as rate ratio; Hoeffding 1963 before there is a past; cf. Howard & Ramdas 2022',
    file: 'exceedances-rule.ts',
    answers: {
      worse: 'exceedances (so rate ratio), Shiryaev–Roberts',
      goodEnough: 'the same mirrored',
      interval: 'of the share beyond stable’s quantile',
      harm: 'excess of that share',
    },
  },
  judges: ({ family, quantile: q }) => family === 'measure' && q !== null,
  /** Rows of slices carry no bins. */
  hasSlices: false,
  /** A sign test calls anything worse that is slower by a hair, and a replay is not served under the load of a live request. */
  decidesInShadow: false,
  inService: EXCEEDANCES_IN_SERVICE,
  initial: () => ({ ...initialBadEvents(), proof: PROOF_WEIGHTS.map((p) => Math.log(p)) }),
  step,
  logE: (state) => badEventsLogE(state, 1),
  logProof: ({ proof }) => logSumExp(proof),
  bets,
  assumed: assumedMeasure,
  proves: 'ratioMax',
  interval: (state, _judged, alpha) => badEventsInterval(state, alpha, 1),
  tolerated,
  harm: badEventsHarm,
  budgetedBad: null,
  value: (metric, { bins }) => quantile(bins, quantileShown(metric)) ?? null,
  text: {
    rule: (metric) => `${readingOf(metric)} exceedances`,
    unit: (metric) => ` ${metric.unit} (${readingOf(metric)})`,
    interval: (metric) =>
      ` of the share ${metric.better === 'lower' ? 'above' : 'below'} stable's ${readingOf(metric)}`,
    tolerance: ({ spec, metric }) => `tolerated ratio of the ${readingOf(metric)} ${spec.p99Ratio}`,
  },
};
