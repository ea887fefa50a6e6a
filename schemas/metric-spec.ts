import { z } from 'zod';

/** One metric's part in a rollout. Its rule follows from its family: docs/decision-rules.md. */
export const MetricSpec = z.strictObject({
  name: z.string().min(1).max(200),
  weight: z.number().positive().default(1),
  /** Tolerated ratio of the bad rate, candidate to stable (rates), and of the exceedance rate (measures). */
  r0: z.number().min(1).default(1.03),
  /** Tolerated ratio of the quantile, or of the mean, itself (measures); a true ratio of just this much is never found. */
  p99Ratio: z.number().min(1).default(1.02),
  /** Tolerated loss of a score's mean. */
  delta0: z.number().min(0).max(1).default(0.001),
  /** Whether proof of promotion asks for this metric. */
  promotes: z.boolean().default(true),
  /** Proof asks that the bad rate is less than this many times stable's (rates) … */
  rMax: z.number().gt(1).default(2),
  /** … or, whatever stable's, less than this; 0 asks for the ratio alone. */
  rateFloor: z.number().min(0).max(0.5).default(0.01),
  /** Proof asks that the quantile, or the mean, is less than this many times stable's (measures). */
  ratioMax: z.number().gt(1).default(1.5),
  /** Proof asks that a score's mean is lower by less than this. */
  deltaMax: z.number().gt(0).max(1).default(0.05),
  /** Whether each slice is watched apart as well. */
  slices: z.boolean().default(true),
  /**
   * Tolerated fall of the share of answers that the metric applies to, in all answers; of a share of less than twice as much, half of it
   * is tolerated. 1: how often it applies is not compared.
   */
  appliesLoss: z.number().min(0).max(1).default(0.05),
});
export type MetricSpec = z.infer<typeof MetricSpec>;
