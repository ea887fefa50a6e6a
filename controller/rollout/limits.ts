import { Duration } from '../../schemas/duration.ts';
import { boundOf } from '../../schemas/limit-spec.ts';
import type { Issue } from '../../schemas/problem.ts';
import { metricOrRubric, registeredMetric } from '../../schemas/metrics.ts';
import { whyUnjudged } from '../rules/table.ts';
import { limitsOf, type RolloutSpec } from './strategy.ts';

/** A limit of a metric as it is held against windows: of which reading (`latency_p95`), and in its unit. */
export type MetricLimit = { metric: string; side: 'max' | 'min'; limit: number; minRequests: number };

/** The reading that a bound is about. */
const readingOf = (metric: string, bound: string): string => {
  const quantile = /^(p\d\d)Max$/.exec(bound)?.[1];
  return quantile === undefined ? metric : `${metric}_${quantile}`;
};

const MS_PER_SECOND = 1_000;
const inUnit = (written: number | string): number =>
  typeof written === 'number' ? written : Duration.decode(written) / MS_PER_SECOND;

/** Those of metrics, in the order of the document. */
export const metricLimits = (spec: RolloutSpec): MetricLimit[] =>
  limitsOf(spec).flatMap((limit) => {
    if (limit.metric === undefined) return [];
    const { bound, written } = boundOf(limit);
    return [
      {
        metric: readingOf(limit.metric, bound),
        side: bound === 'min' ? 'min' : 'max',
        limit: inUnit(written),
        minRequests: limit.minRequests,
      },
    ];
  });

/** What is wrong with limits of metrics that there are. */
export const limitIssues = (spec: RolloutSpec): Issue[] =>
  limitsOf(spec).flatMap((limit, i) => {
    if (limit.metric === undefined) return [];
    const path = `spec.limits.${i}`;
    const { bound, written } = boundOf(limit);
    const unjudged = whyUnjudged(metricOrRubric(limit.metric));
    if (unjudged !== null)
      return [{ path: `${path}.metric`, reason: `${limit.metric} is ${unjudged.noun}; it has no limit` }];
    const reading = readingOf(limit.metric, bound);
    if (reading !== limit.metric && registeredMetric(reading) === undefined)
      return [{ path: `${path}.${bound}`, reason: `${limit.metric} has no quantiles; give max or min` }];
    const { unit } = metricOrRubric(reading);
    if (typeof written === 'string' && unit !== 'seconds')
      return [
        {
          path: `${path}.${bound}`,
          reason: `${limit.metric} is in ${unit}, so ${written} says nothing; give a number`,
        },
      ];
    return [];
  });
