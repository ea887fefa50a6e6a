import { bernsteinIncrement, bestLambda, type Sum } from './bernstein.ts';
import { excessIncrements, type MeanPast, shortfallIncrements } from './capped-mean.ts';
import { logMeanExp } from './log-sum-exp.ts';

/**
 * Two claims about an ordered pair of an experiment's arms, each an e-process of the empirical-Bernstein kind (bernstein.ts):
 *
 * - `above`: against H0 "the first arm's mean is at most the second's";
 * - `within`: against H0 "the first arm's mean is at least (1 + margin) times the second's".
 *
 * **Means** of values in [0, 1] are compared window by window with both arms scaled to the smaller one (capped-mean.ts with
 * r = 1 and r = 1 + margin), so that a level that both arms share may drift.
 *
 * **Sums of events** per request (revenue) come without the requests: an event stands in the window of its own arrival, which
 * may be days after. With fixed weights ρ no request is needed. The chance that the pair's next event is arm i's goes with
 * ρ_i times its rate of events, so for an event of value x ∈ [0, 1] with g_i = min(ρ)/ρ_i
 *
 *   ξ = s·g_1·x if the first arm's, −g_2·x if the second's;   E[ξ] ∝ s·R_1 − R_2,  R = expected sum per request,  ξ ≥ −g_2,
 *
 * and exp(λξ − ψ_{g_2}(λ)ξ²) ≤ 1 + λξ (Fan, Grama & Liu 2015) is a factor of an e-process against s·R_1 ≤ R_2, whatever
 * the common rate of events does. s = 1 is `above`; with the arms exchanged s = 1 + margin is `within`.
 *
 * Where the same subjects make several values, the reader divides what the claims come to by φ (dispersion.ts).
 */
export type Claims = { readonly above: readonly number[]; readonly within: readonly number[] };

/** Of sums also what gives their ratio its limit: ln E at scale s is above + (s − 1)·gain − (s² − 1)·noise, by component. */
export type SumClaims = Claims & { readonly gain: readonly number[]; readonly noise: readonly number[] };

/** Differences, as shares of the mean, that the mixtures' components are tuned to; of `within` as shares of the margin. */
const ABOVE: readonly number[] = [0.01, 0.03, 0.1, 0.3, 1];
const WITHIN: readonly number[] = [0.5, 1];
const zeros = (grid: readonly number[]): number[] => grid.map(() => 0);

export const initialClaims = (): Claims => ({ above: zeros(ABOVE), within: zeros(WITHIN) });
export const initialSumClaims = (): SumClaims => ({ ...initialClaims(), gain: zeros(ABOVE), noise: zeros(ABOVE) });

export const logAbove = ({ above }: Claims): number => logMeanExp(above);
export const logWithin = ({ within }: Claims): number => logMeanExp(within);

const plus = (logs: readonly number[], increments: readonly number[]): number[] =>
  logs.map((log, i) => log + (increments[i] ?? 0));

/** The claims after one window's values of both arms; `past` is known before it. A window with only one arm adds nothing. */
export const stepMeans = (
  state: Claims,
  window: { first: Sum; second: Sum },
  past: { first: MeanPast['candidate']; second: MeanPast['candidate'] },
  margin: number,
): Claims => {
  const [values, before] = [
    { candidate: window.first, baseline: window.second },
    { candidate: past.first, baseline: past.second },
  ];
  const margins = WITHIN.map((share) => share * margin);
  return {
    above: plus(state.above, excessIncrements(values, before, 1, ABOVE)),
    within: plus(state.within, shortfallIncrements(values, before, 1 + margin, margins)),
  };
};

/** An event's expected value and expected square, in [0, 1]. */
export type EventPast = { mean: number; square: number };

/** The claims after one window's events of both arms. `shares`: the arms' weights, in any unit. */
export const stepSums = (
  state: SumClaims,
  { first, second }: { first: Sum; second: Sum },
  past: EventPast,
  { shares, margin }: { shares: readonly [first: number, second: number]; margin: number },
): SumClaims => {
  const [g1, g2] = shares.map((share) => Math.min(...shares) / share) as [number, number];
  const least = Math.min(...shares) / (shares[0] + shares[1]);
  const lambdaOf = (effect: number, scale: number, a: number, b: number): number =>
    bestLambda(least * past.mean * effect, 0, least * scale * scale * a * past.square, b, least * b * past.square);
  const sideOf = (sum: Sum, scale: number) => ({ sum, scale, centre: 0 });
  const up = ABOVE.map((effect) => lambdaOf(effect, 1, g1, g2));
  const scale = 1 + margin;
  const within = WITHIN.map((share) =>
    bernsteinIncrement(sideOf(second, scale * g2), sideOf(first, g1), lambdaOf(share * margin, scale, g2, g1), 0),
  );
  const above = up.map((lambda) => bernsteinIncrement(sideOf(first, g1), sideOf(second, g2), lambda, 0));
  const gain = up.map((lambda) => lambda * g1 * first.s1);
  const noise = up.map((lambda) => ((lambda * g1) ** 2 * first.s2) / 2);
  return {
    above: plus(state.above, above),
    within: plus(state.within, within),
    gain: plus(state.gain, gain),
    noise: plus(state.noise, noise),
  };
};

/** Lower limit of R_1/R_2, by inverting the e-processes against s·R_1 ≤ R_2 over s; 0 while there is none. */
export const sumRatioLimit = ({ above, gain, noise }: SumClaims, alpha: number): number =>
  lowerRatio(
    (s) => logMeanExp(above.map((log, i) => log + (s - 1) * (gain[i] ?? 0) - (s * s - 1) * (noise[i] ?? 0))),
    alpha,
  );

/** Scales are looked at from 1/64 to 64, first in coarse steps: the e-value of sums falls again far out. */
const LOG_LIMIT = Math.log(64);
const STEP = LOG_LIMIT / 16;
const HALVINGS = 30;

/**
 * The lower limit of a ratio: 1/s for the least s whose e-value against "s times the ratio is at most 1" reaches 1/alpha, or 0.
 * Valid at all times at once with confidence 1 − alpha (a confidence sequence by inverting e-processes; Howard, Ramdas,
 * McAuliffe & Sekhon 2021).
 */
export const lowerRatio = (logE: (s: number) => number, alpha: number): number => {
  const isRejected = (logScale: number): boolean => logE(Math.exp(logScale)) >= Math.log(1 / alpha);
  let high = -LOG_LIMIT;
  while (!isRejected(high)) {
    high += STEP;
    if (high > LOG_LIMIT) return 0;
  }
  let low = high - STEP;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (isRejected(middle)) high = middle;
    else low = middle;
  }
  return Math.exp(-high);
};
