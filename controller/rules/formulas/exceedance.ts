import { type Bins, mergeBins } from '../../../schemas/sketch.ts';
import type { RateWindow } from './rate-ratio.ts';

/**
 * Exceedances: latency (or any measure) turned into counts for the rate ratio. With q the baseline's quantile in *past* windows and r
 * the tolerated ratio, a candidate request is bad if it took longer than r·q, a baseline request if longer than q.
 * H0: P_c(> r·q) ≤ r0 · P_b(> q): a candidate that is at most r times slower has no more exceedances than the baseline.
 * It holds for any q known before the window, however q was found, so the baseline may drift.
 * (Exceedance counts against a predictable threshold; cf. the sequential quantile tests of Howard & Ramdas 2022 and
 * the stochastic-order tests of Lindon, Sanden & Shirikian 2022.)
 *
 * Thresholds lie on bucket edges, where the sketch's counts are exact, and are given as the index of the bucket below them.
 * q is the lower edge of the bucket that holds the quantile, so that at least the wanted share lies above; any edge would do. r·q is rounded to an edge so that the
 * evidence can only lose by it: *up* for harm, *down* for proof (a candidate that is at most r times slower).
 */

/** One expected value above the p99: with fewer the threshold is just the largest value seen, often of a cold start. */
export const MIN_PAST = 100;

/**
 * Index of the bucket that holds the quantile: the least with at least quantile·n values at or below its upper edge.
 * Undefined without data. Throws RangeError for a quantile outside (0, 1), unsorted bins or negative counts.
 */
export const quantileIndex = (bins: Bins, quantile: number): number | undefined => {
  if (!(quantile > 0 && quantile < 1)) throw new RangeError(`quantile must be within (0, 1), got ${quantile}`);
  checkBins(bins);
  const needed = quantile * total(bins);
  let seen = 0;
  for (const bin of bins) {
    seen += bin.count;
    if (seen > 0 && seen >= needed) return bin.index;
  }
  return undefined;
};

/** The bucket below q: what lies in later buckets exceeds it. Throws RangeError without data. */
export const thresholdIndex = (past: Bins, quantile: number): number => {
  const holding = quantileIndex(past, quantile);
  if (holding === undefined) throw new RangeError('a threshold needs past values');
  return holding - 1;
};

/**
 * Counts for the rate ratio (with level 0) in a window that has no past: both arms above the quantile of this window's pooled values,
 * the candidate's first divided by the tolerated ratio (`buckets` down). If the candidate so divided is distributed as the
 * baseline, all orders of the pooled values are equally likely, so that of the K largest a hypergeometric number is the
 * candidate's, whose r^x has no larger expectation than the binomial's that the rate ratio assumes (Hoeffding 1963, thm 4); if it is
 * stochastically faster, less. So this is an e-value against "at most r times slower at every quantile".
 * Null for fewer than MIN_PAST values.
 */
export const pooledExceedances = (
  candidate: Bins,
  baseline: Bins,
  quantile: number,
  buckets: number,
): RateWindow | null => {
  const shifted = candidate.map(({ index, count }) => ({ index: index - buckets, count }));
  const pooled = mergeBins(shifted, baseline);
  if (total(pooled) < MIN_PAST) return null;
  const q = thresholdIndex(pooled, quantile);
  return {
    candidateN: total(candidate),
    candidateEvents: countAbove(shifted, q),
    baselineN: total(baseline),
    baselineEvents: countAbove(baseline, q),
  };
};

/** By how many buckets a ratio moves an edge. A ratio that is a whole number of buckets (but for rounding) is taken as it is. */
export const bucketsOf = (ratio: number, growth: number, round: 'up' | 'down'): number => {
  if (!(growth > 1 && growth < Infinity)) throw new RangeError(`growth must be above 1, got ${growth}`);
  if (!(ratio > 0 && ratio < Infinity)) throw new RangeError(`ratio must be positive and finite, got ${ratio}`);
  const buckets = Math.log(ratio) / Math.log(growth);
  const whole = round === 'up' ? Math.ceil(buckets - 1e-9) : Math.floor(buckets + 1e-9);
  return whole === 0 ? 0 : whole;
};

/** Values in buckets above the index. Throws RangeError for malformed bins. */
export const countAbove = (bins: Bins, index: number): number => {
  checkBins(bins);
  return bins.reduce((sum, bin) => (bin.index > index ? sum + bin.count : sum), 0);
};

export const total = (bins: Bins): number => bins.reduce((sum, bin) => sum + bin.count, 0);

/** The bins of 1/x: bucket i holds (γ^(i−1), γ^i], so its reciprocals lie in [γ^−i, γ^(1−i)). Turns "too low" into "too high". */
export const mirrored = (bins: Bins): Bins =>
  bins.map(({ index, count }) => ({ index: 1 - index, count })).toReversed();

const checkBins = (bins: Bins): void => {
  let before = -Infinity;
  for (const { index, count } of bins) {
    if (!(index > before)) throw new RangeError(`bins must be sorted by index, got ${index} after ${before}`);
    if (!(count >= 0 && count < Infinity)) throw new RangeError(`bin counts must be ≥ 0 and finite, got ${count}`);
    before = index;
  }
};
