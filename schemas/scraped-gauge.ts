import { z } from 'zod';
import { Duration } from './duration.ts';
import { GAUGE_STALE_MS } from './gauge.ts';
import { MetricName } from './own-metric.ts';
import { PrometheusQuery } from './rollout-check.ts';
import { Name } from './routing-view.ts';

/** Of one agent. */
const MAX_SCRAPED = 20;
const LEAST_MS = 10_000;
/** One that fails makes no value stale. */
const MOST_MS = GAUGE_STALE_MS / 2;

/** An outside gauge that the controller reads itself. */
const ScrapedGauge = z.strictObject({
  name: MetricName,
  /** The version that it is of; without, of the agent as a whole. */
  version: Name.optional(),
  unit: z.string().max(32).default(''),
  prometheus: PrometheusQuery,
  /** How often it is read. */
  every: Duration.refine((ms) => ms >= LEAST_MS && ms <= MOST_MS, 'must be 10s to 150s').default(60_000),
});
export type ScrapedGauge = z.infer<typeof ScrapedGauge>;

/** Those of an Agent document. */
export const ScrapedGauges = z
  .array(ScrapedGauge)
  .max(MAX_SCRAPED)
  .refine((gauges) => new Set(gauges.map(({ name, version = '' }) => `${version}|${name}`)).size === gauges.length, {
    message: 'has two gauges of one name and version',
  })
  .default([]);
