import { quantile } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';

/** What one arm showed so far, pooled: for the reader of a decision; the evidence itself is stratified by window. */
export type Shown = { count: number; sum: number; bins: ReadonlyMap<number, number> };

export const NOTHING: Shown = { count: 0, sum: 0, bins: new Map() };

export const add = (shown: Shown, row: WindowRow | undefined): Shown => {
  if (row === undefined) return shown;
  const sums = { count: shown.count + row.count, sum: shown.sum + row.sumMicro / MICRO };
  if (row.bins.length === 0) return { ...sums, bins: shown.bins };
  const bins = new Map(shown.bins);
  for (const bin of row.bins) bins.set(bin.index, (bins.get(bin.index) ?? 0) + bin.count);
  return { ...sums, bins };
};

export const mean = (shown: Shown): number | null => (shown.count === 0 ? null : shown.sum / shown.count);

/** The 99th percentile; null without bins. */
export const p99 = (shown: Shown): number | null =>
  quantile(
    [...shown.bins].map(([index, count]) => ({ index, count })).sort((a, b) => a.index - b.index),
    0.99,
  ) ?? null;
