import { z } from 'zod';
import { MetricSpec } from './metric-spec.ts';

/** The tolerance of a metric that its proof is about. */
export const ToleranceField = MetricSpec.pick({ rateFloor: true, deltaMax: true, ratioMax: true }).keyof();
export type ToleranceField = z.infer<typeof ToleranceField>;

/**
 * How long a canary needs from now on if the candidate is as good as stable: four of five such rollouts take no longer. Requests are the
 * candidate's, minutes those at the traffic of late; null where it can't be told, or takes over a month.
 */
export const TimeToVerdict = z.object({
  /** Of all arms; null while no traffic was seen. */
  requestsPerMinute: z.number().nullable(),
  requests: z.number().nullable(),
  minutes: z.number().nullable(),
  /** What is not proven yet, the slowest first; none where the time of its stages alone promotes. */
  metrics: z.array(
    z.object({
      metric: z.string(),
      requests: z.number().nullable(),
      minutes: z.number().nullable(),
      /** Share of answers that it applies to, as far as is known. */
      applies: z.number(),
      tolerance: z.object({ field: ToleranceField, value: z.number() }),
    }),
  ),
  /** The one tolerance that would bring it within a day, where it takes longer. */
  instead: z.object({ metric: z.string(), field: ToleranceField, value: z.number(), minutes: z.number() }).nullable(),
});
export type TimeToVerdict = z.infer<typeof TimeToVerdict>;
