import { type Bins, mergeBins } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';

/**
 * What one arm showed so far, all windows pooled. It is for the reader of a decision, and for quantiles and caps that are taken
 * from the past; the evidence itself is stratified by window.
 */
export type PooledSummary = {
  count: number;
  notApplicable: number;
  sum: number;
  /** In order of index. */
  bins: Bins;
  /** Judge models that gave values, as `scorer@version`. */
  judges: readonly string[];
};

export const EMPTY_SUMMARY: PooledSummary = { count: 0, notApplicable: 0, sum: 0, bins: [], judges: [] };

export const addRow = (summary: PooledSummary, row: WindowRow | undefined): PooledSummary => {
  if (row === undefined) return summary;
  return {
    count: summary.count + row.count,
    notApplicable: summary.notApplicable + row.notApplicable,
    sum: summary.sum + row.sumMicro / MICRO,
    judges: row.judges.every((judge) => summary.judges.includes(judge))
      ? summary.judges
      : [...new Set([...summary.judges, ...row.judges])],
    bins: mergeBins(summary.bins, row.bins),
  };
};

/** Null without data. */
export const pooledMean = ({ count, sum }: PooledSummary): number | null => (count === 0 ? null : sum / count);

/** The least share of answers that a metric must apply to before a promotion waits for its proof. */
const MIN_APPLIES = 0.1;

/** Whether a metric applies often enough to be waited for; one that hardly ever does is watched all the same. */
export const appliesOften = ({ count, notApplicable }: Pick<PooledSummary, 'count' | 'notApplicable'>): boolean =>
  count > 0 && count >= MIN_APPLIES * (count + notApplicable);
