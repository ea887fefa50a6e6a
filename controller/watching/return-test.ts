import { type Sum, squaresAbout, bestLambda, psi } from '../rules/formulas/bernstein.ts';
import type { Scale } from '../rules/service-reading.ts';
import { TOLERATED } from './change-detector.ts';

/**
 * Whether a version that was found worse is as it was before: evidence against H0 "still beyond what is tolerated beside `before`", since its
 * most telling start. Of rates Wald's likelihood ratio (1945) of `before` against the tolerated multiple of it; of scores the empirical
 * Bernstein step about the tolerated mean. `before` is taken as known.
 */
export type Return = { logE: number; since: Sum };

export const NO_RETURN: Return = { logE: 0, since: { n: 0, s1: 0, s2: 0 } };

/** One recovery in so many is told too early, at most, of a version that stays as bad as is just not tolerated. */
export const RETURN_LOG_THRESHOLD = Math.log(100);

/** Where nothing bad ever happened before, this much is taken for it. */
const LEAST_RATE = 0.001;
const MOST_RATE = 0.99;

export const stepReturn = ({ logE, since }: Return, now: Sum, before: number, scale: Scale): Return => {
  const from = logE > 0 ? since : NO_RETURN.since;
  return {
    logE: Math.max(0, logE) + increment(now, before, scale),
    since: { n: from.n + now.n, s1: from.s1 + now.s1, s2: from.s2 + now.s2 },
  };
};

const increment = (now: Sum, before: number, scale: Scale): number => {
  if (now.n === 0) return 0;
  if (scale.kind === 'score') {
    const limit = Math.max(0, before - TOLERATED.loss);
    const lambda = bestLambda(TOLERATED.loss, limit, scale.v, 0, 0);
    return lambda * (now.s1 - now.n * limit) - psi(limit, lambda) * squaresAbout(now, limit);
  }
  const good = Math.min(Math.max(before, LEAST_RATE), MOST_RATE / TOLERATED.ratio);
  const bad = good * TOLERATED.ratio;
  return now.s1 * Math.log(good / bad) + (now.n - now.s1) * (Math.log1p(-good) - Math.log1p(-bad));
};
