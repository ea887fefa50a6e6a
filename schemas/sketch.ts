import { DDSketch } from '@datadog/sketches-js';

/** 1 % relative accuracy: every quantile read from the bins is within 1 % of the true one (Masson, Rim & Lee 2019). */
const RELATIVE_ACCURACY = 0.01;
const { mapping } = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
/** Values below this (a microsecond, a nano-dollar) share the lowest bin. */
const SMALLEST = 1e-6;

/** The bin that a value falls in. */
export const binIndex = (value: number): number => mapping.key(Math.max(value, SMALLEST));

/** The upper edge of a bin, in the value's unit. */
export const binUpperEdge = (index: number): number => (mapping.value(index) * (1 + mapping.gamma)) / 2;

export type Bins = readonly { index: number; count: number }[];

/** The counts of two lists in order of index, together, in that order. */
export const mergeBins = (a: Bins, b: Bins): Bins => {
  if (a.length === 0) return b;
  const merged: { index: number; count: number }[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
    if (x.index === y.index) {
      merged.push({ index: x.index, count: x.count + y.count });
      i += 1;
      j += 1;
    } else if (x.index < y.index) {
      merged.push(x);
      i += 1;
    } else {
      merged.push(y);
      j += 1;
    }
  }
  return [...merged, ...a.slice(i), ...b.slice(j)];
};

/** The q-quantile (0 < q ≤ 1) as the upper edge of the bin that holds it; undefined without data. */
export const quantile = (bins: Bins, q: number): number | undefined => {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  let seen = 0;
  for (const bin of bins) {
    seen += bin.count;
    if (seen >= q * total) return binUpperEdge(bin.index);
  }
  return undefined;
};
