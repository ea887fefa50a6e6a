import { logMeanExp } from './log-sum-exp.ts';

/**
 * Rule 1: an e-process against H0 "the candidate's rate of bad events is at most r0 times the baseline's", from counts.
 *
 * In a window with n_c and n_b requests the factor r^x / M^K, M = (1 + w(r·r0 − 1)) / (1 + w(r0 − 1)), w = n_c/(n_c+n_b),
 * is the likelihood ratio of the candidate's share x of the K bad events under rate ratio r·r0 against r0 (Wald 1945;
 * a conditional two-sample Poisson test, Przyborowski & Wilenski 1940). Under H0 its expectation is ≤ 1 for every base rate p
 * (E ≤ exp(p·[n_c·r0·(r/M − 1) + n_b·(1/M − 1)]) = 1, by 1 + u ≤ e^u), so p may drift between windows and w may be any
 * value fixed before the outcomes are seen. The product over windows is therefore a test supermartingale, and
 * P(ever E ≥ 1/α) ≤ α by Ville's inequality (Ramdas, Grünwald, Vovk & Shafer 2023). It must be fed window by window:
 * totals pooled over changing weights are confounded with drift (Simpson).
 *
 * With r < 1 the same formula is evidence that the ratio is *below* r0 (promotion against r0 = the largest ratio tolerated).
 */
export type RateWindow = {
  candidateN: number;
  candidateEvents: number;
  baselineN: number;
  baselineEvents: number;
};

/** The e-value of each grid ratio so far, as natural logs; plain data, one number per entry of the grid. */
export type RateState = readonly number[];

export type RateOptions = {
  /** Tolerated ratio of rates. */
  r0?: number;
  /** Dispersion, at least 1, by which the evidence is divided (see dispersion.ts). */
  phi?: number;
  /** Alternatives, as multiples of r0; the same in every step of a rollout. */
  grid?: readonly number[];
};

export const RATE_GRID: readonly number[] = [1.2, 1.5, 2, 3, 6];
const DEFAULT_R0 = 1.1;

export const initialState = (grid: readonly number[] = RATE_GRID): RateState => grid.map(() => 0);

/**
 * ΔL_r = x·ln r − K·ln[(1 + w(r·r0 − 1)) / (1 + w(r0 − 1))]: the log evidence of one window for ratio r·r0 against r0.
 * x bad events of the candidate among k in both arms, w the candidate's share of the requests in [0, 1].
 * 0 where the window can't tell the arms apart: no event, or only one arm (w = 0 or 1).
 */
export const logIncrement = ({
  x,
  k,
  w,
  r,
  r0,
}: {
  x: number;
  k: number;
  w: number;
  r: number;
  r0: number;
}): number => {
  if (!(x >= 0 && x <= k && k < Infinity)) throw new RangeError(`events must satisfy 0 ≤ x ≤ k, got x=${x}, k=${k}`);
  if (!(w >= 0 && w <= 1)) throw new RangeError(`candidate share w must be within [0, 1], got ${w}`);
  if (!(r > 0 && r < Infinity && r0 > 0 && r0 < Infinity))
    throw new RangeError(`ratios must be positive and finite, got r=${r}, r0=${r0}`);
  if (k === 0 || w === 0 || w === 1) return 0;
  return x * Math.log(r) - k * (Math.log1p(w * (r * r0 - 1)) - Math.log1p(w * (r0 - 1)));
};

/**
 * The log increments of one window, one per entry of the grid. Dividing by φ keeps the guarantee if φ ≥ 1 is known before the
 * window: E[e^(ΔL/φ)] ≤ E[e^ΔL]^(1/φ) ≤ 1 (Jensen). A φ that includes the window itself has no such proof (dispersion.ts says
 * what it buys).
 * Throws RangeError for counts that are no counts (negative, not finite, more events than requests) and for φ < 1.
 */
export const rateIncrements = (window: RateWindow, options: RateOptions = {}): number[] => {
  const { r0 = DEFAULT_R0, phi = 1, grid = RATE_GRID } = options;
  if (!(phi >= 1 && phi < Infinity)) throw new RangeError(`phi must be at least 1 and finite, got ${phi}`);
  checkArm('candidate', window.candidateN, window.candidateEvents);
  checkArm('baseline', window.baselineN, window.baselineEvents);
  const n = window.candidateN + window.baselineN;
  const w = n === 0 ? 0 : window.candidateN / n;
  const k = window.candidateEvents + window.baselineEvents;
  return grid.map((r) => logIncrement({ x: window.candidateEvents, k, w, r, r0 }) / phi);
};

/** The state after one more window; throws as `rateIncrements`. */
export const step = (state: RateState, window: RateWindow, options: RateOptions = {}): RateState => {
  const increments = rateIncrements(window, options);
  if (increments.length !== state.length)
    throw new RangeError(
      `the grid has ${increments.length} ratios but the state ${state.length}; a rollout keeps one grid`,
    );
  return increments.map((increment, i) => (state[i] ?? 0) + increment);
};

/** ln of the mixture over the grid: ln mean_r exp(Σ ΔL_r). 0 at the start; at ln(1/α) or above H0 is rejected at level α. */
export const logE = (state: RateState): number => logMeanExp(state);

const checkArm = (arm: string, n: number, events: number): void => {
  if (!(events >= 0 && events <= n && n < Infinity))
    throw new RangeError(`${arm} counts must satisfy 0 ≤ events ≤ n, got events=${events}, n=${n}`);
};
