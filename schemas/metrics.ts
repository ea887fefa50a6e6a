import { COUNTED_METRICS, EVENT_METRIC, EVENT_PREFIX, RUBRIC_METRIC } from './counted-metrics.ts';
import type { MetricRow } from './metric.ts';
import { ownRow, readOwnKey } from './own-metric-key.ts';
import { SCORED_METRICS } from './scored-metrics.ts';

/** A metric as it is read: how its row is summed, and what of it is compared. */
export type Metric = Pick<MetricRow, 'family' | 'better' | 'source' | 'unit'> & {
  /** Of measures: what arms are compared by; null is the mean. `better: higher` turns it round: the slowest percent. */
  quantile: number | null;
  /** The name under which windows hold it: `latency_p50` and `latency` are two readings of one row. */
  rows: string;
  /** Of a pair the shadow is worse or better where its value is so by more than this. */
  pairMargin: number;
  /** It tells how the judge keeps up, and decides nothing. */
  ofJudge: boolean;
  /** What is read is no value of it, but to how many of the answers that were looked at it applies. */
  isApplicability: boolean;
};

const QUANTILES: Readonly<Record<string, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

const reading = (rows: string, row: MetricRow, quantile: number | null): Metric => {
  const { family, better, source, unit, pairMargin = 0, ofJudge = false } = row;
  return { family, better, source, unit, quantile, rows, pairMargin, ofJudge, isApplicability: false };
};

const readings = (name: string, row: MetricRow): [string, Metric][] => [
  [name, reading(name, row, row.comparedBy === 'p99' ? 0.99 : null)],
  ...(row.family === 'measure' ? Object.entries(QUANTILES) : []).map(([suffix, quantile]): [string, Metric] => [
    `${name}_${suffix}`,
    reading(name, row, quantile),
  ]),
];

const METRICS: Readonly<Record<string, Metric>> = Object.fromEntries(
  Object.entries({ ...COUNTED_METRICS, ...SCORED_METRICS }).flatMap(([name, row]) => readings(name, row)),
);

/** Every registered name, but for the clients' events. */
export const REGISTERED_METRICS: readonly string[] = Object.keys(METRICS);

/**
 * The definition of a name that coalmine itself knows: a built-in metric, a reading of one (`latency_p50`), an event of the
 * clients (`event_<name>`), or a metric that an agent's document declares (`resolved:rate:higher`). Undefined for every other one. A rubric's name is none of these: judges announce it in
 * `coalmine.registry`.
 */
export const registeredMetric = (name: string): Metric | undefined => {
  if (Object.hasOwn(METRICS, name)) return METRICS[name];
  const own = readOwnKey(name);
  if (own !== null) return reading(name, ownRow(own), null);
  return name.startsWith(EVENT_PREFIX) ? reading(name, EVENT_METRIC, null) : undefined;
};

/**
 * The definition by which values of that name are summed and compared, where the name has been let in already: by a judge that
 * scored it, or by the controller that accepted a document with it. There, what is not registered is a rubric's. It depends on
 * the name alone, so that folds over a log come to the same whatever judges announce. Who lets names in asks `registeredMetric`.
 */
export const metricOrRubric = (name: string): Metric => {
  const of = appliesOf(name);
  if (of === null) return registeredMetric(name) ?? reading(name, RUBRIC_METRIC, null);
  return {
    ...metricOrRubric(of),
    family: 'rate',
    better: 'higher',
    unit: 'ratio',
    quantile: null,
    isApplicability: true,
  };
};

/** No metric's own name ends so: no document can name it, nor any rubric be called so. */
const APPLIES = ':applies';

/** The name under which evidence tells to how many answers a metric applies. */
export const appliesName = (metric: string): string => `${metric}${APPLIES}`;

/** The metric whose share of answers such a name is about; null of every other name. */
export const appliesOf = (name: string): string | null =>
  name.endsWith(APPLIES) ? name.slice(0, -APPLIES.length) : null;
