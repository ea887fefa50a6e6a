import {
  initialSumClaims,
  logAbove,
  logWithin,
  stepSums,
  type SumClaims,
  sumRatioLimit,
} from '../formulas/arm-difference.ts';
import { addSums, checkSum } from '../formulas/bernstein.ts';
import { mapPairs, newPairs, pairOf, type Pairs } from './arm-pairs.ts';
import { eventLimits, sampleOfEvents } from './event-limits.ts';
import { capOf, cutAt } from './goal-cap.ts';
import type { GoalComparison } from './goal-comparison.ts';
import { NO_VALUES } from './row-sum.ts';

/** Revenue, which has no exact test: sums pair by pair, each event cut like a measure. An event of 0 or less counts for nothing. */
export const EVENT_SUMS: GoalComparison<Pairs<SumClaims>> = {
  name: 'sums of events',
  about: {
    compares: 'what the events of each arm sum up to, pair by pair',
    metrics: 'events by sum (`by: sum`)',
    source: 'Fan, Grama & Liu 2015; Howard et al. 2021',
    file: 'event-sums.ts',
  },
  compares: ({ family }, by) => family === 'event' && by !== 'count',
  initial: (arms) => newPairs(arms, initialSumClaims),
  step: (before, { arms, shares, spec: { margin } }, rows, past) => {
    const cap = capOf(past);
    if (cap === undefined) return before;
    const window = rows.map((row) => (row === undefined ? NO_VALUES : cutAt(cap, row)));
    window.forEach((sum, i) => checkSum(arms[i] ?? '', sum));
    const pooled = past.map((arm) => cutAt(cap, arm)).reduce(addSums, NO_VALUES);
    const seen = { mean: pooled.s1 / pooled.n, square: pooled.s2 / pooled.n };
    return mapPairs(before, arms.length, (claims, i, j) =>
      stepSums(claims, { first: window[i]!, second: window[j]! }, seen, { shares: [shares[i]!, shares[j]!], margin }),
    );
  },
  logAbove: ({ claims }, { arms }, i, j) => logAbove(pairOf(claims, arms.length, i, j)),
  logWithin: ({ claims }, { arms }, i, j) => logWithin(pairOf(claims, arms.length, i, j)),
  limits: (state, goal, i, j, alpha) =>
    eventLimits(state, goal, [i, j], alpha, {
      total: ({ sum }) => sum.s1,
      ratioLimit: (own, other, level) => sumRatioLimit(pairOf(state.claims, goal.arms.length, own, other), level),
    }),
  value: ({ sum }, requests) => ({ sum: sum.s1, of: requests }),
  text: {
    unit: () => ' per request',
    sample: sampleOfEvents,
    difference: 'relative difference',
    allArms: () => '',
  },
};
