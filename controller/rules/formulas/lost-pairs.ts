import { logSumExp } from './log-sum-exp.ts';

/** Pairs of answers to the same request, by which of the two a metric applies to. */
export type AppliesPairs = {
  /** To the live answer alone, to the shadow's alone, to both. */
  lost: number;
  gained: number;
  both: number;
  /** All pairs of which both answers were looked at. */
  pairs: number;
};

/** Stakes, as shares of the largest that no pair can ruin. */
const STAKES = [0.15, 0.45, 0.95];

/**
 * Lost pairs: ln E against H0 "the metric applies to the shadow's answers at most `tolerated` less often (of all pairs), and to at least half of
 * those of the live ones". By betting (Waudby-Smith & Ramdas 2024, eq. 23 f.), pair by pair,
 *
 *   Π (1 + λ·D),   D = lost − gained − tolerated,   and   D = live/2 − shadow,
 *
 * where each word is 1 or 0 of a pair: under H0 neither D has a mean above 0 whatever came before, so each product is a test
 * supermartingale for every 0 ≤ λ < 1/(1 + tolerated) or < 1, and so is the average over both and over λ. The first
 * finds 61 % that became 44 %, the second 5 % that became none. As λ is fixed, the totals say all.
 *
 * @throws RangeError for counts that are none, or more parts than pairs
 */
export const logLostPairsE = ({ lost, gained, both, pairs }: AppliesPairs, tolerated: number): number => {
  const neither = pairs - lost - gained - both;
  if (![lost, gained, both, neither].every((count) => count >= 0 && count < Infinity))
    throw new RangeError(`pairs can't be ${lost} lost, ${gained} gained, ${both} both of ${pairs}`);
  const logs = STAKES.flatMap((stake) => {
    const lambda = stake / (1 + tolerated);
    const byDifference =
      lost * Math.log1p(lambda * (1 - tolerated)) +
      gained * Math.log1p(-lambda * (1 + tolerated)) +
      (both + neither) * Math.log1p(-lambda * tolerated);
    const byHalf = lost * Math.log1p(stake / 2) + both * Math.log1p(-stake / 2) + gained * Math.log1p(-stake);
    return [byDifference, byHalf];
  });
  return logSumExp(logs) - Math.log(logs.length);
};
