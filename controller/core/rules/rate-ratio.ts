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
 * The log increments of one window, one per alternative; alternatives are multiples of the tolerated ratio r0.
 * Throws RangeError for counts that are no counts (negative, not finite, more events than requests).
 */
export const rateIncrements = (window: RateWindow, r0: number, alternatives: readonly number[]): number[] => {
  checkArm('candidate', window.candidateN, window.candidateEvents);
  checkArm('baseline', window.baselineN, window.baselineEvents);
  const n = window.candidateN + window.baselineN;
  const w = n === 0 ? 0 : window.candidateN / n;
  const k = window.candidateEvents + window.baselineEvents;
  return alternatives.map((r) => logIncrement({ x: window.candidateEvents, k, w, r, r0 }));
};

const checkArm = (arm: string, n: number, events: number): void => {
  if (!(events >= 0 && events <= n && n < Infinity))
    throw new RangeError(`${arm} counts must satisfy 0 ≤ events ≤ n, got events=${events}, n=${n}`);
};
