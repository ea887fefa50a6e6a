import { z } from 'zod';
import { Duration } from './duration.ts';
import { MetricName } from './own-metric.ts';

/** A number in the metric's own unit, or of one in seconds a duration (`2s`, `800ms`). Kept as it was written. */
const LimitValue = z.union([z.number().nonnegative(), Duration.in]);

const BOUNDS = ['max', 'min', 'p50Max', 'p95Max', 'p99Max'] as const;
export type Bound = (typeof BOUNDS)[number];

/** An absolute limit of the candidate's own value: of a metric by its windows, or of an outside gauge (docs/watching.md). */
export const LimitSpec = z
  .strictObject({
    metric: z.string().min(1).max(200).optional(),
    gauge: MetricName.optional(),
    max: LimitValue.optional(),
    min: LimitValue.optional(),
    /** Of measures: a quantile of theirs. */
    p50Max: LimitValue.optional(),
    p95Max: LimitValue.optional(),
    p99Max: LimitValue.optional(),
    /** Of a metric: with fewer values of the candidate in the stage than this the limit says nothing. */
    minRequests: z.int().positive().default(50),
  })
  .check(({ value, issues }) => {
    const refuse = (path: string[], message: string): void =>
      void issues.push({ code: 'custom', path, message, input: value });
    const given = BOUNDS.filter((bound) => value[bound] !== undefined);
    if ((value.metric === undefined) === (value.gauge === undefined))
      refuse([], 'needs a metric or a gauge, and not both');
    if (given.length !== 1) refuse([], `needs exactly one of ${BOUNDS.join(', ')}`);
    const [bound] = given;
    if (value.gauge !== undefined && bound !== undefined && bound !== 'max' && bound !== 'min')
      refuse([bound], 'is for metrics; of a gauge there is one value: max or min');
    if (value.gauge !== undefined && bound !== undefined && typeof value[bound] === 'string')
      refuse([bound], 'must be a number in the gauge’s own unit');
  });
export type LimitSpec = z.infer<typeof LimitSpec>;

/** Which bound a limit sets, and how it was written. */
export const boundOf = (limit: LimitSpec): { bound: Bound; written: number | string } => {
  const bound = BOUNDS.find((one) => limit[one] !== undefined) ?? 'max';
  return { bound, written: limit[bound] ?? Number.POSITIVE_INFINITY };
};
