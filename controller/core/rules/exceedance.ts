/**
 * Rule 2: latency (or any measure) turned into counts for rule 1. With q the baseline's quantile in *past* windows and r
 * the tolerated ratio, a candidate request is bad if it took longer than r·q, a baseline request if longer than q.
 * H0: P_c(> r·q) ≤ r0 · P_b(> q): a candidate that is at most r times slower has no more exceedances than the baseline.
 * It holds for any q known before the window, however q was found, so the baseline may drift.
 * (Exceedance counts against a predictable threshold; cf. the sequential quantile tests of Howard & Ramdas 2022 and
 * the stochastic-order tests of Lindon, Sanden & Shirikian 2022.)
 *
 * Thresholds lie on bucket edges, where the sketch's counts are exact. q is the upper edge of the bucket that holds the
 * quantile; any edge would do. r·q is rounded *up* to the next edge: that can only take exceedances from the candidate,
 * never give it one, so the ratio really tested is between r and r·growth.
 */
export type Bin = { upperEdge: number; count: number };

export type ExceedanceInput = {
  /** Baseline values of windows before the ones counted, sorted by edge; empty buckets may be left out. */
  past: readonly Bin[];
  candidate: readonly Bin[];
  baseline: readonly Bin[];
  /** Ratio of adjacent edges, > 1: the sketch's γ. All three lists share its edges. */
  growth: number;
  /** Tolerated ratio of the quantiles. */
  r: number;
  /** Which quantile. */
  quantile?: number;
  /** Past values needed before anything is counted. */
  minPast?: number;
};

export type Exceedances = {
  /** Thresholds, on edges. */
  q: number;
  rq: number;
  candidateN: number;
  candidateEvents: number;
  baselineN: number;
  baselineEvents: number;
};

const DEFAULT_QUANTILE = 0.99;
/** One expected value above the p99: with fewer the threshold is just the largest value seen, often of a cold start. */
const MIN_PAST = 100;

/**
 * Upper edge of the bucket that holds the quantile: the least edge with at least quantile·n values at or below it.
 * Undefined without data. Throws RangeError for unsorted bins or negative counts.
 */
export const quantileEdge = (bins: readonly Bin[], quantile: number): number | undefined => {
  const needed = quantile * total(bins);
  let seen = 0;
  for (const bin of bins) {
    seen += bin.count;
    if (seen > 0 && seen >= needed) return bin.upperEdge;
  }
  return undefined;
};

/**
 * The counts to hand to rule 1, or undefined while there are fewer than minPast past values: such a window adds no evidence.
 * Throws RangeError for parameters out of range or malformed bins.
 */
export const exceedances = (input: ExceedanceInput): Exceedances | undefined => {
  const { past, candidate, baseline, growth, r, quantile = DEFAULT_QUANTILE, minPast = MIN_PAST } = input;
  if (!(quantile > 0 && quantile < 1)) throw new RangeError(`quantile must be within (0, 1), got ${quantile}`);
  if (!(growth > 1 && growth < Infinity)) throw new RangeError(`growth must be above 1, got ${growth}`);
  if (!(r > 0 && r < Infinity)) throw new RangeError(`ratio must be positive and finite, got ${r}`);
  for (const bins of [past, candidate, baseline]) checkBins(bins);
  if (total(past) < minPast) return undefined;
  const q = quantileEdge(past, quantile);
  if (q === undefined) return undefined;
  // An r that is a whole number of buckets (but for rounding) needs no rounding up.
  const rq = q * growth ** Math.ceil(Math.log(r) / Math.log(growth) - 1e-9);
  return {
    q,
    rq,
    candidateN: total(candidate),
    candidateEvents: countAbove(candidate, rq, growth),
    baselineN: total(baseline),
    baselineEvents: countAbove(baseline, q, growth),
  };
};

/** Edges are compared at half a bucket's distance, so that rounding in the last digit moves no bin. */
const countAbove = (bins: readonly Bin[], edge: number, growth: number): number =>
  total(bins.filter((bin) => bin.upperEdge > edge * Math.sqrt(growth)));

const total = (bins: readonly Bin[]): number => bins.reduce((sum, bin) => sum + bin.count, 0);

const checkBins = (bins: readonly Bin[]): void => {
  let before = -Infinity;
  for (const { upperEdge, count } of bins) {
    if (!(upperEdge > before)) throw new RangeError(`bins must be sorted by edge, got ${upperEdge} after ${before}`);
    if (!(count >= 0 && count < Infinity)) throw new RangeError(`bin counts must be ≥ 0 and finite, got ${count}`);
    before = upperEdge;
  }
};
