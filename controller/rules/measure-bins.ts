import type { Metric } from '../../schemas/metrics.ts';
import { binUpperEdge, type Bins } from '../../schemas/sketch.ts';
import { mirrored } from './formulas/exceedance.ts';

/** The sketch's growth: ratio of adjacent bucket edges. */
export const GROWTH = binUpperEdge(1) / binUpperEdge(0);

/**
 * The bins of a row or of a summary, as the rules of measures take them: one of which more is better is turned round (1/x), so
 * that "too little" lies on the high side. No bins without a row.
 */
export const badSideUp = (of: { bins: Bins } | undefined, { better }: Metric): Bins => {
  const bins = of?.bins ?? [];
  return better === 'lower' ? bins : mirrored(bins);
};
