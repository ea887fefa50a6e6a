import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';

/** An absolute limit of a rollout as views show it, beside the value that it is held against. */
export const LimitView = z.object({
  /** Whether `name` is a reading of a metric (`latency_p95`), with values in its unit, or an outside gauge, with its own. */
  of: z.enum(['metric', 'gauge']),
  name: z.string(),
  side: z.enum(['max', 'min']),
  limit: z.number(),
  /** The candidate's in the present stage, or the gauge's latest; null where none is known. */
  value: z.number().nullable(),
  /** Of a metric: how many values that is of, and how many it takes; null of gauges. */
  count: Int.nonnegative().nullable(),
  minRequests: Int.positive().nullable(),
  /** Of a gauge: when it was posted or read, and in which unit. */
  atMs: EpochMs.nullable(),
  unit: z.string(),
  /**
   * `waits`: too few values yet, or none of the gauge. `stale`: the gauge's latest value is too old to say anything. `broken`: the value is beyond
   * the limit, which stops the rollout. Null where it isn't known: the windows are another controller's, or the rollout is over.
   */
  standing: z.enum(['holds', 'waits', 'stale', 'broken']).nullable(),
});
export type LimitView = z.infer<typeof LimitView>;
