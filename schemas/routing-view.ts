import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';

export const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i, 'letters, digits, dot, dash, underscore; at most 63');
export const MAX_SLICE_VALUES = 32;
export const OTHER = '_other';

/** Prices are in US dollars per million tokens. */
export const Version = z
  .object({
    label: Name,
    id: z.string(),
    upstream: z.string(),
    promptUsdPerMillion: z.number().nonnegative(),
    completionUsdPerMillion: z.number().nonnegative(),
  })
  .meta({ id: 'Version' });
export type Version = z.infer<typeof Version>;

export const Arm = z
  .object({ name: Name, version: Name, upstream: z.string(), weight: z.number().min(0).max(100) })
  .meta({ id: 'Arm' });
export type Arm = z.infer<typeof Arm>;

/** What the ingress and the mirror do for one agent: a view of the decision log, kept in Redis. Weights are in percent. */
export const RoutingView = z
  .object({
    agent: Name,
    sequence: Int.positive(),
    rollout: z.string(),
    salt: z.string(),
    arms: z.array(Arm).min(1),
    /** Every version that a pin (`agent@version`) may name. */
    versions: z.array(Version),
    rules: z.object({ betaSubjects: z.array(z.string()) }).meta({ id: 'Rules' }),
    shadow: z
      .object({
        arm: z.string(),
        version: z.string(),
        sharePct: z.number(),
        noiseSharePct: z.number(),
        maxPerSecond: z.number(),
      })
      .meta({ id: 'ShadowPlan' })
      .nullable(),
    /** Request metadata labels that slice the windows, and the values that have a window of their own. */
    slices: z.array(
      z.object({ label: z.string(), values: z.array(z.string()).max(MAX_SLICE_VALUES) }).meta({ id: 'SliceLabel' }),
    ),
    issuedAt: EpochMs,
  })
  .meta({ id: 'RoutingView' });
export type RoutingView = z.infer<typeof RoutingView>;
