import type { MetricSpec } from '../../schemas/metric-spec.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { assumedRate } from './assumed-level.ts';
import type { DecisionRule, JudgedMetric, Stratum } from './decision-rule.ts';
import { shareDivisor, type SharesByBucket } from './formulas/dispersion.ts';
import { logLostPairsE } from './formulas/lost-pairs.ts';
import { addCounts, rateIncrements, type RateWindow } from './formulas/rate-ratio.ts';
import {
  effectsOf,
  type Grid,
  initialShiryaevRoberts,
  logShiryaevRoberts,
  type ShiryaevRoberts,
  stepShiryaevRoberts,
} from './formulas/shiryaev-roberts.ts';
import { pooledMean } from './pooled-summary.ts';
import { addBuckets, totalOf } from './subject-buckets.ts';

type ApplicabilityState = ShiryaevRoberts & {
  /** All counts so far: answers looked at, and those among them that the metric applies to. */
  readonly past: RateWindow;
  /** By subject bucket, cumulative over the rollout. */
  readonly candidate: SharesByBucket;
  readonly stable: SharesByBucket;
  readonly phi: number;
};

/** How much larger the odds are that it applies to stable's answer than the tolerance allows: a part of them is lost, or nearly all. */
const LOSSES: Grid = [
  { effect: 1.4, weight: 0.4 },
  { effect: 3, weight: 0.3 },
  { effect: 12, weight: 0.3 },
];

const NO_BUCKETS: SharesByBucket = { events: [], others: [] };
const NO_COUNTS: RateWindow = { candidateN: 0, candidateEvents: 0, baselineN: 0, baselineEvents: 0 };

const initial = (): ApplicabilityState => ({
  ...initialShiryaevRoberts(LOSSES),
  past: NO_COUNTS,
  candidate: NO_BUCKETS,
  stable: NO_BUCKETS,
  phi: 1,
});

/** The dispersion φ includes the window that it divides. */
const step = (before: ApplicabilityState, { spec }: JudgedMetric, strata: readonly Stratum[]): ApplicabilityState => {
  const candidate = strata.reduce((sums, stratum) => addShares(sums, stratum.candidate), before.candidate);
  const stable = strata.reduce((sums, stratum) => addShares(sums, stratum.stable), before.stable);
  const phi = shareDivisor(stable, candidate);
  const stepped = strata.reduce<ApplicabilityState>((state, stratum) => {
    const window = countsOf(stratum);
    const past = addCounts(state.past, window);
    if (window.candidateN === 0 || window.baselineN === 0) return { ...state, past };
    const increments = rateIncrements(
      exchanged(window),
      toleratedRatio(state.past, spec),
      effectsOf(LOSSES),
      levelOf(state.past),
    );
    return { ...state, ...stepShiryaevRoberts(state, increments, phi), past };
  }, before);
  return { ...stepped, candidate, stable, phi };
};

/** The formula finds where its "candidate" has more: that is stable, to whose answers the metric applies more often. */
const exchanged = ({ candidateN, candidateEvents, baselineN, baselineEvents }: RateWindow): RateWindow => ({
  candidateN: baselineN,
  candidateEvents: baselineEvents,
  baselineN: candidateN,
  baselineEvents: candidateEvents,
});

/** Stable's share in the windows before; one half before the first. */
const stableShare = ({ baselineN, baselineEvents }: RateWindow): number => (baselineEvents + 0.5) / (baselineN + 1);

/** How many times as often as to the candidate's answers it may apply to stable's, by what the windows before say of stable's. */
const toleratedRatio = (past: RateWindow, { appliesLoss }: MetricSpec): number => {
  const share = stableShare(past);
  return share / (share - Math.min(appliesLoss, share / 2));
};

/** So many answers are imagined of a candidate that was not seen, as stable's are. */
const IMAGINED = 4;

/** A guess of the candidate's share, made before the window. */
const levelOf = (past: RateWindow): number =>
  (past.candidateEvents + IMAGINED * stableShare(past)) / (past.candidateN + IMAGINED);

const countsOf = ({ candidate, stable }: Stratum): RateWindow => ({
  candidateN: candidate?.count ?? 0,
  candidateEvents: totalOf(candidate?.applied),
  baselineN: stable?.count ?? 0,
  baselineEvents: totalOf(stable?.applied),
});

const addShares = ({ events, others }: SharesByBucket, row: WindowRow | undefined): SharesByBucket => ({
  events: addBuckets(events, row?.applied),
  others: addBuckets(others, row?.notApplied),
});

/** Shares of answers that a metric applies to; a candidate with fewer of them has stopped to do what the metric is about. */
export const APPLICABILITY: DecisionRule<ApplicabilityState> = {
  name: 'share applied to',
  about: {
    compares: 'the shares of answers that a metric applies to, by their ratio; pairs of a shadow by their difference',
    metrics: 'every metric that comes from scores, beside its own rule',
    source: 'as rate ratio; Waudby-Smith & Ramdas 2024 of pairs',
    file: 'applicability-rule.ts',
    answers: {
      worse: 'rate ratio with the arms exchanged, Shiryaev–Roberts, dispersion of shares; of pairs, lost pairs',
      goodEnough: 'none',
      interval: 'none',
      harm: 'none',
    },
  },
  judges: ({ isApplicability }) => isApplicability,
  hasSlices: true,
  decidesInShadow: true,
  logPairsE: ({ pairs, worse, better, sum }, { spec }) =>
    logLostPairsE({ lost: worse, gained: better, both: sum - better, pairs }, spec.appliesLoss),
  initial,
  step,
  logE: (state) => logShiryaevRoberts(state, LOSSES, state.phi),
  logProof: () => 0,
  bets: () => [],
  assumed: assumedRate,
  proves: 'rateFloor',
  interval: () => null,
  tolerated: () => null,
  harm: () => null,
  budgetedBad: null,
  value: (_metric, summary) => pooledMean(summary),
  text: {
    rule: () => 'share applied to',
    unit: () => ' of answers',
    interval: () => '',
    tolerance: ({ spec }) => `tolerated fall ${spec.appliesLoss}`,
  },
};
