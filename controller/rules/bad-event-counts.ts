import type { Harm } from './decision-rule.ts';
import type { Sum } from './formulas/bernstein.ts';
import {
  initialInterval,
  type IntervalState,
  type Limits,
  limits,
  limitsOfShares,
  pastOf,
  stepInterval,
} from './formulas/interval.ts';
import { addCounts, levelOf, rateIncrements, type RateWindow } from './formulas/rate-ratio.ts';
import { initialRatioLimit, type RatioLimit, ratioUpperLimit, stepRatioLimit } from './formulas/ratio-limit.ts';
import {
  effectsOf,
  type Grid,
  initialShiryaevRoberts,
  logShiryaevRoberts,
  type ShiryaevRoberts,
  stepShiryaevRoberts,
} from './formulas/shiryaev-roberts.ts';

/** True ratios, as multiples of r0, that the rate ratio's mixture is tuned to: mostly a doubling. */
const HARM: Grid = [
  { effect: 1.4, weight: 0.05 },
  { effect: 2.2, weight: 0.65 },
  { effect: 4, weight: 0.3 },
];

/** What counts of bad events come to, in a rate and above a quantile alike. Plain data. */
export type BadEvents = ShiryaevRoberts & {
  /** All counts so far. */
  readonly past: RateWindow;
  readonly limit: RatioLimit;
  readonly interval: IntervalState;
};

const NO_COUNTS: RateWindow = { candidateN: 0, candidateEvents: 0, baselineN: 0, baselineEvents: 0 };

export const initialBadEvents = (): BadEvents => ({
  ...initialShiryaevRoberts(HARM),
  past: NO_COUNTS,
  limit: initialRatioLimit(),
  interval: initialInterval(),
});

/**
 * The evidence after one stratum. `harm` is what the rate ratio counts; `plain` the events of both arms by one measure, for limits
 * and interval. Throws RangeError for impossible counts.
 */
export const stepBadEvents = (
  before: BadEvents,
  harm: RateWindow,
  plain: RateWindow,
  { r0, phi }: { r0: number; phi: number },
): BadEvents => {
  const increments = rateIncrements(harm, r0, effectsOf(HARM), levelOf(before.past));
  const past = addCounts(before.past, plain);
  if (harm.candidateN === 0 || harm.baselineN === 0) return { ...before, past };
  const seen = pastOf(pooled(before.past), IMAGINED_RATE, IMAGINED_RATE);
  return {
    ...stepShiryaevRoberts(before, increments, phi),
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

/** Evidence of harm alone, from counts that tell nothing of the level. */
export const stepHarmAlone = (before: BadEvents, window: RateWindow, r0: number): ShiryaevRoberts =>
  window.candidateN === 0 || window.baselineN === 0
    ? before
    : stepShiryaevRoberts(before, rateIncrements(window, r0, effectsOf(HARM)));

/** The past rate begins with one request of this rate. */
const IMAGINED_RATE = 0.05;

export const badEventsLogE = (state: ShiryaevRoberts, phi: number): number => logShiryaevRoberts(state, HARM, phi);

/** Of the difference of shares of bad events. */
export const badEventsInterval = ({ interval }: BadEvents, alpha: number, phi: number): Limits | null => {
  const found = limits(interval, alpha, phi);
  return found === null ? null : limitsOfShares(found);
};

/** The excess as the ratio's upper limit has it, over stable's rate so far; null before stable had any request. */
export const badEventsHarm = ({ limit, past }: BadEvents, alpha: number): Harm | null => {
  if (past.baselineN === 0 || past.candidateN === 0) return null;
  const stableBad = past.baselineEvents / past.baselineN;
  return {
    excessUpper: Math.min(1, (ratioUpperLimit(limit, alpha) - 1) * Math.max(stableBad, Number.MIN_VALUE)),
    stableBad,
  };
};

const pooled = (counts: RateWindow): Sum =>
  armSum(counts.candidateN + counts.baselineN, counts.candidateEvents + counts.baselineEvents);

const armSum = (n: number, events: number): Sum => ({ n, s1: events, s2: events });
