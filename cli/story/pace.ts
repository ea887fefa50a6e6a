/** A judge that is further behind than this is being asked for more than the machine can do. */
const BEHIND_S = 2;
const SLOWER = 0.8;
/** Of the rate that is asked for: how much of it comes back at each look, and what is always sent. */
const BACK_SHARE = 0.03;
const LEAST_SHARE = 0.1;

/**
 * The rate of requests to go on with, so that a slow or busy machine plays the story slower instead of falling behind it:
 * additive increase, multiplicative decrease. To be asked at every look at the judge's lag, about twice a second. Rates are per second, `behind`
 * in exchanges.
 */
export const pacedRate = (rate: number, asked: number, behind: number): number =>
  behind > BEHIND_S * rate ? Math.max(asked * LEAST_SHARE, rate * SLOWER) : Math.min(asked, rate + asked * BACK_SHARE);
