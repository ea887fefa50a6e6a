/** The q-quantile of numbers in ascending order: the smallest with at least a share q at or below it. NaN if there are none. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;

export type Spread = { median: number; min: number; max: number };

/** Of the rounds that have a figure; null if none has. With an even count the median is the mean of the middle two. */
export const spread = (figures: readonly (number | null)[]): Spread | null => {
  const sorted = figures.filter((figure) => figure !== null && !Number.isNaN(figure)).toSorted((a, b) => a! - b!);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || min === null || max === undefined || max === null) return null;
  const half = sorted.length / 2;
  const median = (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2;
  return { median, min, max };
};
