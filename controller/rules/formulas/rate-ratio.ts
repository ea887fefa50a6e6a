/**
 * Rate ratio: an e-process against H0 "the candidate's rate of bad events is at most r0 times the baseline's", from counts.
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

export const addCounts = (x: RateWindow, y: RateWindow): RateWindow => ({
  candidateN: x.candidateN + y.candidateN,
  candidateEvents: x.candidateEvents + y.candidateEvents,
  baselineN: x.baselineN + y.baselineN,
  baselineEvents: x.baselineEvents + y.baselineEvents,
});

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
 *
 * With `level` 0 they are those of `logIncrement`, the Poisson form. With a level p > 0, any guess of the baseline's rate made before the window, the requests
 * that did *not* fail count as well: the likelihood ratio of Bernoulli outcomes under (p_c, p) against the point of the null's edge
 * that is closest in Kullback–Leibler divergence,
 *
 *   (r0·t, t),   r0·n·t² − [n_c(r0 + p_c) + n_b(1 + r0·p)]·t + n_c·p_c + n_b·p = 0   (the smaller root).
 *
 * p_c has r times the odds of r0·p if r > 1 (so that it stays below 1), and is r·r0·p if r < 1.
 *
 * Since the null is convex this is an e-value for all of it, whatever the true level and the guess (Turner, Ly & Grünwald 2024,
 * J. Stat. Plan. Inference; the logarithm of its expectation is at most a linear function of the true rates that is 0 on the
 * edge). As p → 0 it becomes the Poisson form, whose bound wastes a share of about p of the evidence; a wrong guess costs only to
 * second order.
 * Throws RangeError for counts that are no counts (negative, not finite, more events than requests).
 */
export const rateIncrements = (
  window: RateWindow,
  r0: number,
  alternatives: readonly number[],
  level = 0,
): number[] => {
  checkArm('candidate', window.candidateN, window.candidateEvents);
  checkArm('baseline', window.baselineN, window.baselineEvents);
  const n = window.candidateN + window.baselineN;
  if (n === 0 || window.candidateN === 0 || window.baselineN === 0) return alternatives.map(() => 0);
  if (level > 0) return alternatives.map((r) => exactIncrement(window, r, r0, level));
  const w = window.candidateN / n;
  const k = window.candidateEvents + window.baselineEvents;
  return alternatives.map((r) => logIncrement({ x: window.candidateEvents, k, w, r, r0 }));
};

/** The guess: the baseline's rate so far, begun with half an event in 25 requests. */
export const levelOf = (past: RateWindow): number => (past.baselineEvents + 0.5) / (past.baselineN + 25);

/** No alternative is nearer to "always fails" than this. */
const MAX_RATE = 0.95;

const exactIncrement = (window: RateWindow, r: number, r0: number, level: number): number => {
  const { candidateN: nc, baselineN: nb, candidateEvents: x, baselineEvents: y } = window;
  const pb = Math.min(level, MAX_RATE);
  const edge = Math.min(r0 * level, MAX_RATE);
  const pc = r > 1 ? (r * edge) / (1 - edge + r * edge) : Math.min(r * r0 * level, MAX_RATE);
  const linear = nc * (r0 + pc) + nb * (1 + r0 * pb);
  const constant = nc * pc + nb * pb;
  const t = (2 * constant) / (linear + Math.sqrt(Math.max(0, linear * linear - 4 * r0 * (nc + nb) * constant)));
  // Cut off at MAX_RATE the alternative may lie within the null; then there is nothing to bet on.
  if (r > 1 ? pc <= r0 * pb : pc >= r0 * pb) return 0;
  return (
    x * Math.log(pc / (r0 * t)) +
    (nc - x) * (Math.log1p(-pc) - Math.log1p(-r0 * t)) +
    y * Math.log(pb / t) +
    (nb - y) * (Math.log1p(-pb) - Math.log1p(-t))
  );
};

const checkArm = (arm: string, n: number, events: number): void => {
  if (!(events >= 0 && events <= n && n < Infinity))
    throw new RangeError(`${arm} counts must satisfy 0 ≤ events ≤ n, got events=${events}, n=${n}`);
};
