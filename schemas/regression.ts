import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';

/**
 * What was found of a version in service beside its own past. Of one fact there is one `regression` decision, and one `recovery` when it is
 * over; agent, version, metric, slice and `sinceMs` tell which.
 */
export const Regression = z
  .object({
    version: z.string(),
    metric: z.string(),
    slice: z.string(),
    /** When it most likely began. */
    sinceMs: EpochMs,
    /** The metric's mean before that and since; of a measure the share of values beyond `beyond`. */
    before: z.number(),
    after: z.number(),
    beforeCount: Int.nonnegative(),
    count: Int.nonnegative(),
    /** Of a measure alone: the value, in the metric's unit, that worse ones lie beyond. */
    beyond: z.number().nullable(),
    /** What `before` is taken from: `last hour`, `recent`, `same time of day` or `same hour of week`. */
    against: z.string(),
    /** Judge models that gave the scores, as `scorer@version`. */
    judges: z.array(z.string()),
  })
  .meta({ id: 'Regression' });
export type Regression = z.infer<typeof Regression>;
