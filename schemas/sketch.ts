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
