import { type Claims, initialClaims, logAbove, logWithin, stepMeans } from '../formulas/arm-difference.ts';
import { checkSum, type Sum } from '../formulas/bernstein.ts';
import {
  initialInterval,
  type IntervalState,
  type Limits,
  limits,
  type Past,
  stepInterval,
} from '../formulas/interval.ts';
import { mapPairs, newPairs, pairOf, type Pairs } from './arm-pairs.ts';
import type { ArmTotals, Goal, GoalComparison, GoalState } from './goal-comparison.ts';

/** Of every pair of arms. */
export type MeanClaims = { claims: Pairs<Claims>; intervals: Pairs<IntervalState> };

/** The claims after one stratum's values in [0, 1]; `unit` is what a value of 1 stands for. Throws RangeError for impossible sums. */
export const stepPairwise = (
  { claims, intervals }: MeanClaims,
  { arms, spec: { margin } }: Goal,
  { window, past, unit }: { window: readonly Sum[]; past: readonly Past[]; unit: number },
): MeanClaims => {
  window.forEach((sum, i) => checkSum(arms[i] ?? '', sum));
  const ofPair = <T>(pairs: Pairs<T>, step: (value: T, i: number, j: number) => T): Pairs<T> =>
    mapPairs(pairs, arms.length, (value, i, j) =>
      window[i]!.n === 0 || window[j]!.n === 0 ? value : step(value, i, j),
    );
  return {
    claims: ofPair(claims, (each, i, j) =>
      stepMeans(each, { first: window[i]!, second: window[j]! }, { first: past[i]!, second: past[j]! }, margin),
    ),
    intervals: ofPair(intervals, (interval, i, j) =>
      stepInterval(
        interval,
        { candidate: window[i]!, baseline: window[j]! },
        { candidate: past[i]!, baseline: past[j]! },
        { unit },
      ),
    ),
  };
};

/** Of the first arm's mean less the second's; null before both had values in one window. */
export const pairwiseLimits = (
  { claims: { intervals }, phi }: GoalState<MeanClaims>,
  { arms }: Goal,
  first: number,
  second: number,
  alpha: number,
): Limits | null => limits(pairOf(intervals, arms.length, first, second), alpha, phi);

/** What every comparison of means per value has. */
export const PAIRWISE_MEANS = {
  name: 'difference of means',
  initial: (arms) => ({ claims: newPairs(arms, initialClaims), intervals: newPairs(arms, initialInterval) }),
  logAbove: ({ claims: { claims } }, { arms }, i, j) => logAbove(pairOf(claims, arms.length, i, j)),
  logWithin: ({ claims: { claims } }, { arms }, i, j) => logWithin(pairOf(claims, arms.length, i, j)),
  value: ({ sum }) => ({ sum: sum.s1, of: sum.n }),
} satisfies Partial<GoalComparison<MeanClaims>>;

export const sampleOfValues = ({ sum }: ArmTotals): string => `n=${sum.n}`;
