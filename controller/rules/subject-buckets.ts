/** Counts by subject bucket, of a row or summed over rows; a row without any tells nothing. */
type Buckets = readonly number[];

export const addBuckets = (sums: Buckets, row: Buckets = []): Buckets =>
  row.length === 0 ? sums : row.map((n, i) => n + (sums[i] ?? 0));

export const totalOf = (buckets: Buckets = []): number => buckets.reduce((sum, n) => sum + n, 0);
