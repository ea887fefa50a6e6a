import { binUpperEdge } from '../../../schemas/sketch.ts';
import { pastOf } from '../formulas/interval.ts';
import { capOf, cutAt } from './goal-cap.ts';
import { type GoalComparison, NO_LIMITS } from './goal-comparison.ts';
import { type MeanClaims, PAIRWISE_MEANS, pairwiseLimits, sampleOfValues, stepPairwise } from './pairwise-means.ts';
import { NO_VALUES } from './row-sum.ts';

/** Measures: values without an upper end, cut at the past 99.8 % quantile of all arms. */
export const CAPPED_MEANS: GoalComparison<MeanClaims> = {
  ...PAIRWISE_MEANS,
  about: {
    compares: 'means of values cut at the 99.8 % quantile of all arms, pair by pair',
    metrics: 'measures',
    source: 'Fan, Grama & Liu 2015; Howard et al. 2021',
    file: 'capped-means.ts',
  },
  compares: ({ family }) => family === 'measure',
  step: (before, goal, rows, past) => {
    const cap = capOf(past);
    if (cap === undefined) return before;
    return stepPairwise(before, goal, {
      window: rows.map((row) => (row === undefined ? NO_VALUES : cutAt(cap, row))),
      past: past.map((arm) => pastOf(cutAt(cap, arm), 0.5, 0.25)),
      unit: binUpperEdge(cap),
    });
  },
  limits: (...of) => pairwiseLimits(...of) ?? NO_LIMITS,
  text: {
    unit: ({ unit }) => ` in ${unit}`,
    sample: sampleOfValues,
    difference: 'difference',
    allArms: () => '',
  },
};
