import { logMeanExp } from './log-sum-exp.ts';

/**
 * Excess of a rate: an e-process against H0 "each event is bad with a chance of at most r, whatever came before", from totals alone.
 * Wald's likelihood ratio (1945) of p1 against r,
 *
 *   ln E = x·ln(p1/r) + (n − x)·ln((1 − p1)/(1 − r)),   averaged over odds of p1 of 1.5, 2 and 4 times those of r,
 *
 * is a supermartingale for every p ≤ r: so that E ever reaches 1/α has a chance of at most α, however often anyone looks. It needs no
 * memory: the totals say all of it. At odds of m times those of r the ratio is mˣ / (1 + r·(m − 1))ⁿ.
 */
const ODDS_RATIOS = [1.5, 2, 4];

/** ln E of totals x of n at rate r. Throws RangeError for impossible totals. */
export const logExcessE = (n: number, x: number, r: number): number => {
  if (!(x >= 0 && x <= n && n < Infinity)) throw new RangeError(`events must satisfy 0 ≤ x ≤ n, got x=${x}, n=${n}`);
  if (!(r > 0 && r < 1)) throw new RangeError(`the rate must be within (0, 1), got ${r}`);
  return logMeanExp(ODDS_RATIOS.map((m) => x * Math.log(m) - n * Math.log1p(r * (m - 1))));
};
