import type { Metric } from '../../schemas/metrics.ts';
import { type Bins, mergeBins, quantile } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';

/** What one arm showed so far, pooled: for the reader of a decision; the evidence itself is stratified by window. */
export type Shown = {
  count: number;
  notApplicable: number;
  sum: number;
  /** In order of index. */
  bins: Bins;
  /** Judge models that gave values, as `scorer@version`. */
  judges: readonly string[];
};

export const NOTHING: Shown = { count: 0, notApplicable: 0, sum: 0, bins: [], judges: [] };

export const add = (shown: Shown, row: WindowRow | undefined): Shown => {
  if (row === undefined) return shown;
  return {
    count: shown.count + row.count,
    notApplicable: shown.notApplicable + row.notApplicable,
    sum: shown.sum + row.sumMicro / MICRO,
    judges: row.judges.every((judge) => shown.judges.includes(judge))
      ? shown.judges
      : [...new Set([...shown.judges, ...row.judges])],
    bins: mergeBins(shown.bins, row.bins),
  };
};

export const mean = (shown: Shown): number | null => (shown.count === 0 ? null : shown.sum / shown.count);

/** Which quantile of the values a metric is read by: that of the bad side, so p1 where more is better; null for the mean. */
export const quantileShown = ({ quantile: q, better }: Metric): number | null =>
  q === null || better === 'lower' ? q : 1 - q;

/** What a metric's arms are compared by: a quantile or the mean; null without data. */
export const valueShown = (metric: Metric, shown: Shown): number | null => {
  const q = quantileShown(metric);
  return q === null ? mean(shown) : (quantile(shown.bins, q) ?? null);
};

/** The least share of answers that a metric must apply to before a promotion waits for its proof. */
const MIN_APPLIES = 0.1;

/** Whether a metric applies often enough to be waited for; one that hardly ever does is watched all the same. */
export const appliesOften = ({ count, notApplicable }: Shown): boolean =>
  count > 0 && count >= MIN_APPLIES * (count + notApplicable);
