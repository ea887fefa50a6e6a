import type { Metric } from '../../schemas/metrics.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import {
  type BadEvents,
  badEventsHarm,
  badEventsInterval,
  badEventsLogE,
  initialBadEvents,
  stepBadEvents,
} from './bad-event-counts.ts';
import { assumedRate } from './assumed-level.ts';
import type { Bet, DecisionRule, Harm, JudgedMetric, Level, Stratum } from './decision-rule.ts';
import { rateUpperLimit } from './formulas/absolute-rate.ts';
import type { ArmSizes } from './formulas/expected-growth.ts';
import { divisor } from './formulas/dispersion.ts';
import { negated } from './formulas/interval.ts';
import { initialProof, proofBets, type RateProof, stepProof } from './formulas/rate-proof.ts';
import type { RateWindow } from './formulas/rate-ratio.ts';
import { divided } from './formulas/shiryaev-roberts.ts';
import { pooledMean } from './pooled-summary.ts';
import { addBuckets } from './subject-buckets.ts';
import { RATES_IN_SERVICE } from './service-reading.ts';

/** Bad events by subject bucket, cumulative over the rollout. */
type Buckets = { candidate: readonly number[]; stable: readonly number[] };

type RateState = BadEvents & { buckets: Buckets; phi: number; proof: RateProof };

const initial = (): RateState => ({
  ...initialBadEvents(),
  buckets: { candidate: [], stable: [] },
  phi: 1,
  proof: initialProof(),
});

/** The dispersion φ includes the window that it divides. */
const step = (before: RateState, judged: JudgedMetric, strata: readonly Stratum[]): RateState => {
  const buckets: Buckets = {
    candidate: strata.reduce((sums, { candidate }) => addBuckets(sums, candidate?.buckets), before.buckets.candidate),
    stable: strata.reduce((sums, { stable }) => addBuckets(sums, stable?.buckets), before.buckets.stable),
  };
  const phi = divisor(buckets.stable, buckets.candidate);
  const { r0, rMax, rateFloor } = judged.spec;
  const stepped = strata.reduce<RateState>((state, stratum) => {
    const window = countsOf(judged.metric, stratum);
    const proof = stepProof(state.proof, window, state.past, { rMax, rateFloor });
    return { ...state, ...stepBadEvents(state, window, window, { r0, phi }), proof };
  }, before);
  return { ...stepped, buckets, phi };
};

/** Of the level alpha a tenth is spent on the candidate's own rate, which alone has a limit where nothing ever fails. */
const ABSOLUTE_PART = 0.1;

const harm = (state: RateState, alpha: number): Harm | null => {
  const byRatio = badEventsHarm(state, (1 - ABSOLUTE_PART) * alpha);
  if (byRatio === null) return null;
  const { candidateN, candidateEvents } = state.past;
  const absolute = rateUpperLimit(candidateN, candidateEvents, ABSOLUTE_PART * alpha, state.phi);
  return { ...byRatio, excessUpper: Math.min(byRatio.excessUpper, absolute) };
};

/** The bad rate begins with half an event in 100, as the proof's own choice of a bet does. */
const bets = (state: RateState, { metric, spec }: JudgedMetric, level: Level, sizes: ArmSizes): Bet[] => {
  const events = level.count * (metric.better === 'lower' ? level.mean : 1 - level.mean);
  const p = (events + 0.5) / (level.count + 100);
  const past = { candidateN: 0, candidateEvents: 0, baselineN: level.count, baselineEvents: events };
  return proofBets(state.proof, { p, past, sizes }, spec).map(({ logE, drift, variance, ends }) => ({
    logE: divided(logE, state.phi),
    drift: drift / state.phi,
    variance: variance / state.phi ** 2,
    ends,
  }));
};

const countsOf = (metric: Metric, { candidate, stable }: Stratum): RateWindow => ({
  candidateN: candidate?.count ?? 0,
  candidateEvents: candidate === undefined ? 0 : badEventsOf(metric, candidate),
  baselineN: stable?.count ?? 0,
  baselineEvents: stable === undefined ? 0 : badEventsOf(metric, stable),
});

/** Bad events of a row: those that count against the version, whichever way the metric points. */
const badEventsOf = ({ better }: Metric, row: WindowRow): number => {
  const sum = row.sumMicro / MICRO;
  return better === 'lower' ? sum : row.count - sum;
};

/** Shares of requests with a bad event. Its interval is of the share in the metric's own direction. */
export const RATE_RATIO: DecisionRule<RateState> = {
  name: 'rate ratio',
  about: {
    compares: 'the shares of bad requests, by their ratio',
    metrics: 'rates',
    source: 'Turner, Ly & Grünwald 2024; Wald 1945',
    file: 'rate-ratio-rule.ts',
    answers: {
      worse: 'rate ratio, Shiryaev–Roberts, dispersion',
      goodEnough: 'rate ratio with r < 1, or absolute rate; dispersion',
      interval: 'of the share, in the metric’s own direction',
      harm: 'excess of bad events',
    },
  },
  judges: ({ family, isApplicability }) => family === 'rate' && !isApplicability,
  hasSlices: true,
  decidesInShadow: true,
  inService: RATES_IN_SERVICE,
  initial,
  step,
  logE: (state) => badEventsLogE(state, state.phi),
  logProof: ({ proof, phi }) => divided(proof.logE, phi),
  bets,
  assumed: assumedRate,
  proves: 'rateFloor',
  interval: (state, { metric }, alpha) => {
    const bad = badEventsInterval(state, alpha, state.phi);
    return bad === null || metric.better === 'lower' ? bad : negated(bad);
  },
  tolerated: ({ spec: { r0 }, metric }, stable) => {
    const rate = pooledMean(stable);
    if (rate === null) return null;
    return metric.better === 'lower' ? (r0 - 1) * rate : -(r0 - 1) * (1 - rate);
  },
  harm,
  /** A flawless stable is held against the rate floor. */
  budgetedBad: (stableBad, { spec }) => Math.max(stableBad, spec.rateFloor),
  value: (_metric, summary) => pooledMean(summary),
  text: {
    rule: () => 'rate ratio',
    unit: () => '',
    interval: () => '',
    tolerance: ({ spec, metric }) =>
      `tolerated ratio of ${metric.better === 'lower' ? 'the rate' : 'failures'} ${spec.r0}`,
  },
};
