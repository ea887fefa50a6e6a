import betainc from '@stdlib/math-base-special-betainc';
import betaln from '@stdlib/math-base-special-betaln';
import gammaln from '@stdlib/math-base-special-gammaln';
import { logMeanExp } from './log-sum-exp.ts';

/**
 * Conversions of k arms that requests are drawn for with fixed weights ρ. Whatever the rate of conversions does over time, and
 * however late they come, if all arms share it the next one is arm i's with probability θ_i = ρ_i·p_i / Σ ρ_j·p_j, so only the
 * counts by arm tell (Lindon & Malek 2022, "Anytime-valid inference for multinomial count data"). No number of requests is
 * needed. Counts may be fractions: counts divided by a dispersion φ ≥ 1 raise each likelihood ratio to the power 1/φ, which keeps
 * E ≤ 1 (Jensen).
 */

/** Of the Dirichlet prior around ρ: about the number of conversions that a difference worth knowing takes. */
const CONCENTRATION = 100;
/** Nothing is less likely than this; it keeps logs finite. */
const LEAST_LOG = -700;

/**
 * ln of the Bayes factor of "the arms differ" against H0 θ = ρ, by a Dirichlet(k·ρ) prior (Lindon & Malek 2022, eq. 3). An
 * e-process against "all arms convert alike"; p = min(1, 1/e), its minimum over time, is a p-value at any time.
 * Throws RangeError unless there are as many counts ≥ 0 as shares > 0. Shares need not add up to 1.
 */
export const logDiffer = (
  counts: readonly number[],
  shares: readonly number[],
  concentration = CONCENTRATION,
): number => {
  if (counts.length !== shares.length || counts.length < 2)
    throw new RangeError(`needs one count for each of at least two arms, got ${counts.length} for ${shares.length}`);
  counts.forEach(checkCount);
  shares.forEach(checkShare);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const n = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (sum, count, i) => {
      const share = shares[i]! / total;
      const prior = concentration * share;
      return sum + gammaln(prior + count) - gammaln(prior) - count * Math.log(share);
    },
    gammaln(concentration) - gammaln(concentration + n),
  );
};

/**
 * ln of an e-process against H0 "of the conversions of two arms the first has a share of at most θ": the likelihood ratio
 * p^x (1−p)^y / (θ^x (1−θ)^y) mixed over p ~ Beta(kθ, k(1−θ)) cut to p > θ. For p > θ the ratio's expectation,
 * θ'·p/θ + (1−θ')(1−p)/(1−θ), is 1 at θ' = θ and rises with θ', so that it is at most 1 for every θ' of H0, and stays so when
 * mixed. The cut is what makes two-sided evidence one-sided (as in Robbins 1970).
 * Throws RangeError for counts below 0 or θ outside (0, 1).
 */
export const logMoreThan = (first: number, second: number, theta: number): number => {
  checkPair(first, second, theta);
  const [a, b] = [CONCENTRATION * theta, CONCENTRATION * (1 - theta)];
  const logRatio = betaln(a + first, b + second) - betaln(a, b) - first * Math.log(theta) - second * Math.log1p(-theta);
  const logCut = logAbove(theta, a + first, b + second) - logAbove(theta, a, b);
  return Math.max(LEAST_LOG, logRatio + logCut);
};

/**
 * The same against the same H0, mixed over the given shares p > θ instead: stronger where the truth is known to be one of
 * them if H0 is false. Throws RangeError for counts below 0, or unless θ < p < 1.
 */
export const logMoreThanBy = (
  first: number,
  second: number,
  theta: number,
  alternatives: readonly number[],
): number => {
  checkPair(first, second, theta);
  if (!alternatives.every((p) => p > theta && p < 1))
    throw new RangeError(`alternatives must be within (${theta}, 1), got ${alternatives.join(', ')}`);
  const logs = alternatives.map((p) => first * Math.log(p / theta) + second * Math.log((1 - p) / (1 - theta)));
  return Math.max(LEAST_LOG, logMeanExp(logs));
};

/** ln P(Beta(a, b) > x). */
const logAbove = (x: number, a: number, b: number): number => Math.log(betainc(1 - x, b, a));

const checkPair = (first: number, second: number, theta: number): void => {
  checkCount(first);
  checkCount(second);
  if (!(theta > 0 && theta < 1)) throw new RangeError(`the boundary must be within (0, 1), got ${theta}`);
};

const checkCount = (count: number): void => {
  if (!(count >= 0 && count < Infinity)) throw new RangeError(`counts must be ≥ 0 and finite, got ${count}`);
};

const checkShare = (share: number): void => {
  if (!(share > 0 && share < Infinity)) throw new RangeError(`shares must be positive, got ${share}`);
};
