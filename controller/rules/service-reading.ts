import type { Metric } from '../../schemas/metrics.ts';
import { type Bins, binUpperEdge, mergeBins } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import type { Sum } from './formulas/bernstein.ts';
import { addPast, moments, NO_PAST, type ScorePast } from './formulas/bounded-score.ts';
import { countAbove, thresholdIndex, total } from './formulas/exceedance.ts';
import { badSideUp } from './measure-bins.ts';

/** How values in service are compared: bad events of requests, or scores whose usual mean and variance are known from before. */
export type Scale = { kind: 'rate' } | { kind: 'score'; m: number; v: number };

/** How a metric's values are counted, once its first ones are seen. `threshold`, of measures: the bin that worse values lie beyond. */
export type Counting = { scale: Scale; threshold: number | null };

/**
 * What a metric's first values are taken for: where scores lie and how they scatter, beyond which value a measure is bad. They are used for
 * nothing else, so that all that is compared later is judged by what was known before.
 */
export type FirstValues = { count: number; past: ScorePast; bins: Bins };
export const NO_VALUES: FirstValues = { count: 0, past: NO_PAST, bins: [] };
const FIRST_VALUES = 200;

/** How a rule reads its metrics of a version in service, where there is no second arm (controller/watching). */
export type ServiceReading = {
  addFirst(first: FirstValues, row: WindowRow, metric: Metric): FirstValues;
  /** Null while there are too few first values to say. */
  counting(first: FirstValues, metric: Metric): Counting | null;
  /** A row's values as they are compared: bad events, or scores so that higher is better. */
  sum(row: WindowRow, metric: Metric, counting: Counting): Sum;
  /** Whether the mean of such sums is 1 less what people know the metric by. */
  isTurned(metric: Metric): boolean;
};

const scoreSum = (row: WindowRow, { better }: Metric): Sum => {
  const [n, s1, s2] = [row.count, row.sumMicro / MICRO, row.sumSqMicro / MICRO];
  return better === 'higher' ? { n, s1, s2 } : { n, s1: n - s1, s2: n - 2 * s1 + s2 };
};

export const RATES_IN_SERVICE: ServiceReading = {
  addFirst: (first) => first,
  counting: () => ({ scale: { kind: 'rate' }, threshold: null }),
  sum: ({ count, sumMicro }, { better }) => {
    const bad = better === 'lower' ? sumMicro / MICRO : count - sumMicro / MICRO;
    return { n: count, s1: bad, s2: bad };
  },
  isTurned: ({ better }) => better === 'higher',
};

export const SCORES_IN_SERVICE: ServiceReading = {
  addFirst: ({ count, past, bins }, row, metric) => ({
    count: count + row.count,
    past: addPast(past, { candidate: { n: 0, s1: 0, s2: 0 }, baseline: scoreSum(row, metric) }),
    bins,
  }),
  counting: ({ count, past }) =>
    count < FIRST_VALUES ? null : { scale: { kind: 'score', ...moments(past) }, threshold: null },
  sum: (row, metric) => scoreSum(row, metric),
  isTurned: ({ better }) => better === 'lower',
};

/** Of what is read by its mean, beyond which one of a hundred first values lay. */
const QUANTILE_OF_MEANS = 0.99;

export const EXCEEDANCES_IN_SERVICE: ServiceReading = {
  addFirst: ({ count, past, bins }, row, metric) => ({
    count: count + row.count,
    past,
    bins: mergeBins(bins, badSideUp(row, metric)),
  }),
  counting: ({ count, bins }, { quantile }) =>
    count < FIRST_VALUES
      ? null
      : { scale: { kind: 'rate' }, threshold: thresholdIndex(bins, quantile ?? QUANTILE_OF_MEANS) },
  sum: (row, metric, { threshold }) => {
    const bins = badSideUp(row, metric);
    const bad = threshold === null ? 0 : countAbove(bins, threshold);
    return { n: total(bins), s1: bad, s2: bad };
  },
  isTurned: () => false,
};

/** The value that a threshold stands for, in the metric's own unit; null of what has none. */
export const beyondOf = ({ better }: Metric, { threshold }: Counting): number | null => {
  if (threshold === null) return null;
  const edge = binUpperEdge(threshold);
  return better === 'lower' ? edge : 1 / edge;
};
