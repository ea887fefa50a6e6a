import betainc from '@stdlib/math-base-special-betainc';
import betaln from '@stdlib/math-base-special-betaln';

/**
 * Sign test: ln E against H0 "where a pair's two answers differ, the candidate's is the worse one at most half of
 * the time". E mixes the likelihood ratio (2p)^k (2(1−p))^(n−k) uniformly over p in (½, 1] (the one-sided form of
 * Robbins' 1970 mixture; ties carry no sign and are left out):
 *
 *   ln E = ln 2 + ln B(k+1, n−k+1) + ln(1 − I_½(k+1, n−k+1)) + n·ln 2
 *
 * E is a test martingale in n at P = ½, so it may be looked at after every pair.
 *
 * For k > n/2 the tail 1 − I is taken as I_½(n−k+1, k+1), which is at least ½. Below, the tail is tiny (it underflows from
 * n ≈ 1,100 on) and the powers cancel by hand: with N = n+1 and the tail = P(Bin(N, ½) ≤ k), E = Σ_{j≤k} C(N,j) / (N·C(n,k)),
 * a sum of falling terms that begins at 1/(N−k).
 *
 * @param worse pairs in which the candidate was worse
 * @param pairs pairs with a difference, worse or better
 * @throws RangeError unless both are whole numbers with 0 ≤ worse ≤ pairs
 */
export const logSignTestE = (worse: number, pairs: number): number => {
  if (!Number.isSafeInteger(worse) || !Number.isSafeInteger(pairs) || worse < 0 || worse > pairs)
    throw new RangeError(`the sign test needs whole numbers 0 ≤ worse ≤ pairs, got ${worse} of ${pairs}`);
  if (2 * worse > pairs) {
    const logTail = Math.log(betainc(0.5, pairs - worse + 1, worse + 1));
    return Math.LN2 + betaln(worse + 1, pairs - worse + 1) + logTail + pairs * Math.LN2;
  }
  let term = 1;
  let sum = 1;
  for (let j = worse; j > 0 && term > sum * Number.EPSILON; j--) {
    term *= j / (pairs + 2 - j);
    sum += term;
  }
  return Math.log(sum) - Math.log(pairs + 1 - worse);
};
