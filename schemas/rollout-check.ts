import { z } from 'zod';
import { Duration } from './duration.ts';
import { EpochMs } from './envelope.ts';
import { Name } from './routing-view.ts';

const MAX_QUERY_CHARS = 4_000;

/** A name under which the controller's operator has configured an address. A document has no addresses. */
const Endpoint = Name;

const WebhookCheck = z.strictObject({ endpoint: Endpoint });

/** PromQL that gives a scalar, or one series. */
const Query = z.string().min(1).max(MAX_QUERY_CHARS);

/** One question to Prometheus. */
export const PrometheusQuery = z.strictObject({ endpoint: Endpoint, query: Query });
export type PrometheusQuery = z.infer<typeof PrometheusQuery>;

/**
 * The bounded rule: totals of the candidate so far, of which so many were bad. It says no once the rate of bad ones is proven above
 * `max`; to a version of which it is not, with a chance of at most `alpha`, however often it is asked.
 */
const RateCheck = z.strictObject({
  bad: Query,
  total: Query,
  max: z.number().gt(0).lt(1),
  alpha: z.number().gt(0).max(0.5).default(0.05),
});

const PrometheusCheck = z
  .strictObject({
    endpoint: Endpoint,
    query: Query.optional(),
    /** Of `query`: it passes while the value is no more than this, and no less than that. */
    max: z.number().optional(),
    min: z.number().optional(),
    rate: RateCheck.optional(),
  })
  .refine(({ query, rate }) => (query === undefined) !== (rate === undefined), 'needs one of query and rate')
  .refine(({ query, max, min }) => (query !== undefined) === (max !== undefined || min !== undefined), {
    message: 'needs max, min or both with its query; a rate has its max within',
  });

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
