import { MICRO, type WindowRow } from '../../../schemas/window.ts';
import type { Sum } from '../formulas/bernstein.ts';

export const NO_VALUES: Sum = { n: 0, s1: 0, s2: 0 };

/** The sums of a row's values, in the metric's unit. */
export const rowSum = (row: WindowRow | undefined): Sum =>
  row === undefined ? NO_VALUES : { n: row.count, s1: row.sumMicro / MICRO, s2: row.sumSqMicro / MICRO };
