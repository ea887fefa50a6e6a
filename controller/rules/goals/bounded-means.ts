import { limitsOfShares, pastOf } from '../formulas/interval.ts';
import { type GoalComparison, NO_LIMITS } from './goal-comparison.ts';
import { type MeanClaims, PAIRWISE_MEANS, pairwiseLimits, sampleOfValues, stepPairwise } from './pairwise-means.ts';
import { rowSum } from './row-sum.ts';

/** Rates and scores: values in [0, 1] as they are. */
export const BOUNDED_MEANS: GoalComparison<MeanClaims> = {
  ...PAIRWISE_MEANS,
  about: {
    compares: 'means of values from 0 to 1, pair by pair',
    metrics: 'rates, scores',
    source: 'Fan, Grama & Liu 2015; Howard et al. 2021',
    file: 'bounded-means.ts',
  },
  compares: ({ family }) => family === 'rate' || family === 'score',
  step: (before, goal, rows, past) =>
    stepPairwise(before, goal, {
      window: rows.map(rowSum),
      past: past.map(({ sum }) => pastOf(sum, 0.5, 0.25)),
      unit: 1,
    }),
  limits: (...of) => {
    const found = pairwiseLimits(...of);
    return found === null ? NO_LIMITS : limitsOfShares(found);
  },
  text: { unit: () => '', sample: sampleOfValues, difference: 'difference', allArms: () => '' },
};
