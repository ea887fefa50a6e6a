import quantileOfNormal from '@stdlib/stats-base-dists-normal-quantile';
import type { Metric } from '../../schemas/metrics.ts';
import { binIndex } from '../../schemas/sketch.ts';
import type { Level } from './decision-rule.ts';

/** What stable's values are taken for before anything of them was seen. */
const COUNT = 1_000;

/** One bad answer in 200. */
const BAD = 0.005;
export const assumedRate = ({ better }: Metric): Level => {
  const mean = better === 'lower' ? BAD : 1 - BAD;
  return { count: COUNT, mean, variance: mean * (1 - mean), bins: [] };
};

/** In the middle, with a scatter as judges have it. */
export const assumedScore = (): Level => ({ count: COUNT, mean: 0.5, variance: 0.04, bins: [] });

/** Log-normal times and sizes. */
const SIGMA = 0.7;
export const assumedMeasure = (): Level => {
  const counts = new Map<number, number>();
  for (let i = 0; i < COUNT; i++) {
    const index = binIndex(Math.exp(quantileOfNormal((i + 0.5) / COUNT, 0, SIGMA)));
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const bins = [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
  return { count: COUNT, mean: 1, variance: 1, bins };
};
