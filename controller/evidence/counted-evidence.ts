import type { Metric } from '../../schemas/metrics.ts';
import type { Sum } from '../rules/bernstein.ts';
import { initialInterval, type IntervalState, type Limits, limits, pastOf, stepInterval } from '../rules/interval.ts';
import { effectsOf, type Grid, initialLate, type LateState, logLate, stepLate } from '../rules/late.ts';
import { initialRatioLimit, type RatioLimit, ratioUpperLimit, stepRatioLimit } from '../rules/ratio-limit.ts';
import { levelOf, rateIncrements, type RateWindow } from '../rules/rate-ratio.ts';

/** True ratios, as multiples of r0, that rule 1's mixture is tuned to: mostly a doubling. */
const HARM: Grid = [
  { effect: 1.4, weight: 0.05 },
  { effect: 2.2, weight: 0.65 },
  { effect: 4, weight: 0.3 },
];

/** What counts of bad events come to, in a rate and above a quantile alike. Plain data. */
export type Counted = LateState & {
  /** All counts so far. */
  readonly past: RateWindow;
  readonly limit: RatioLimit;
  readonly interval: IntervalState;
};

const NO_COUNTS: RateWindow = { candidateN: 0, candidateEvents: 0, baselineN: 0, baselineEvents: 0 };

export const initialCounted = (): Counted => ({
  ...initialLate(HARM),
  past: NO_COUNTS,
  limit: initialRatioLimit(),
  interval: initialInterval(),
});

/**
 * The evidence after one stratum. `harm` is what rule 1 counts; `plain` the events of both arms by one measure, for limits
 * and interval. Throws RangeError for impossible counts.
 */
export const stepCounted = (
  before: Counted,
  harm: RateWindow,
  plain: RateWindow,
  { r0, phi }: { r0: number; phi: number },
): Counted => {
  const increments = rateIncrements(harm, r0, effectsOf(HARM), levelOf(before.past));
  const past = addCounts(before.past, plain);
  if (harm.candidateN === 0 || harm.baselineN === 0) return { ...before, past };
  const seen = pastOf(pooled(before.past), IMAGINED_RATE, IMAGINED_RATE);
  return {
    ...stepLate(before, increments, phi),
    past,
    limit: stepRatioLimit(before.limit, plain, phi),
    interval: stepInterval(
      before.interval,
      {
        candidate: armSum(plain.candidateN, plain.candidateEvents),
        baseline: armSum(plain.baselineN, plain.baselineEvents),
      },
      { candidate: seen, baseline: seen },
      { phi },
    ),
  };
};

/** Harm alone, of counts that tell nothing of the level (rule 1 as it is). */
export const stepHarm = (before: Counted, window: RateWindow, r0: number): LateState =>
  window.candidateN === 0 || window.baselineN === 0
    ? before
    : stepLate(before, rateIncrements(window, r0, effectsOf(HARM)));

/** The past rate begins with one request of this rate. */
const IMAGINED_RATE = 0.05;

export const countedLogE = (state: LateState, phi: number): number => logLate(state, HARM, phi);

/** Of the difference of shares of bad events, turned to the metric's own direction. */
export const countedInterval = (
  { interval }: Counted,
  better: Metric['better'],
  alpha: number,
  phi: number,
): Limits | null => {
  const bad = limits(interval, alpha, phi);
  if (bad === null) return null;
  return better === 'lower' ? ofShares(bad) : turned(ofShares(bad));
};

/** Shares and scores lie in [0, 1], so their difference in [−1, 1], whatever little was seen. */
export const ofShares = ({ difference, lower, upper }: Limits): Limits => ({
  difference,
  lower: Math.max(-1, lower),
  upper: Math.min(1, upper),
});

export const turned = ({ difference, lower, upper }: Limits): Limits => ({
  difference: 0 - difference,
  lower: -upper,
  upper: -lower,
});

/** The excess as the ratio's upper limit has it, over stable's rate so far; null before stable had any request. */
export const countedHarm = (
  { limit, past }: Counted,
  alpha: number,
): { excessUpper: number; stableBad: number } | null => {
  if (past.baselineN === 0 || past.candidateN === 0) return null;
  const stableBad = past.baselineEvents / past.baselineN;
  return {
    excessUpper: Math.min(1, (ratioUpperLimit(limit, alpha) - 1) * Math.max(stableBad, Number.MIN_VALUE)),
    stableBad,
  };
};

const addCounts = (x: RateWindow, y: RateWindow): RateWindow => ({
  candidateN: x.candidateN + y.candidateN,
  candidateEvents: x.candidateEvents + y.candidateEvents,
  baselineN: x.baselineN + y.baselineN,
  baselineEvents: x.baselineEvents + y.baselineEvents,
});

const pooled = (counts: RateWindow): Sum =>
  armSum(counts.candidateN + counts.baselineN, counts.candidateEvents + counts.baselineEvents);

const armSum = (n: number, events: number): Sum => ({ n, s1: events, s2: events });
