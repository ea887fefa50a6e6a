import { z } from 'zod';
import { Duration } from './duration.ts';
import { EpochMs } from './envelope.ts';
import { Name } from './routing-view.ts';

const MAX_QUERY_CHARS = 4_000;

/** A name under which the controller's operator has configured an address. A document has no addresses. */
const Endpoint = Name;

const WebhookCheck = z.strictObject({ endpoint: Endpoint });

const PrometheusCheck = z
  .strictObject({
    endpoint: Endpoint,
    /** PromQL that gives a scalar, or one series. */
    query: z.string().min(1).max(MAX_QUERY_CHARS),
    /** It passes while the value is no more than this, and no less than that. */
    max: z.number().optional(),
    min: z.number().optional(),
  })
  .refine(({ max, min }) => max !== undefined || min !== undefined, 'needs max, min or both');

/** What somebody else must say before a rollout goes on. */
export const Check = z
  .strictObject({
    name: Name,
    webhook: WebhookCheck.optional(),
    prometheus: PrometheusCheck.optional(),
    /** How often it is asked. */
    every: Duration.refine((ms) => ms >= 1_000, 'a second or more').default(60_000),
    /** Of one attempt. */
    timeout: Duration.refine((ms) => ms > 0 && ms <= 60_000, 'more than nothing, and a minute at most').default(10_000),
    /** What a "no" does: keep the rollout where it is until it passes, or end it. */
    onFail: z.enum(['hold', 'rollback']).default('hold'),
  })
  .refine(({ webhook, prometheus }) => (webhook === undefined) !== (prometheus === undefined), {
    message: 'needs one of webhook and prometheus',
  });
export type Check = z.infer<typeof Check>;

export const Checks = z
  .array(Check)
  .max(10)
  .refine((checks) => new Set(checks.map(({ name }) => name)).size === checks.length, 'has two checks of one name')
  .default([]);

/** What a check said. `unanswered`: it could not be asked, or its answer says neither yes nor no. `atMs` by the controller's clock. */
export const CheckResult = z
  .object({
    name: z.string(),
    outcome: z.enum(['passed', 'failed', 'unanswered']),
    reason: z.string(),
    atMs: EpochMs,
  })
  .meta({ id: 'CheckResult' });
export type CheckResult = z.infer<typeof CheckResult>;
