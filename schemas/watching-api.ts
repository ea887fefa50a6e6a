import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { EpochMs } from './envelope.ts';
import { GaugeValue } from './gauge.ts';
import { MetricName } from './own-metric.ts';
import { Regression } from './regression.ts';
import { Name } from './routing-view.ts';

/** Of one call. */
const MAX_VALUES = 100;

const PostedValue = z.strictObject({
  agent: Name,
  /** Without one it is of the agent as a whole. */
  version: Name.optional(),
  metric: MetricName,
  value: z.number(),
  unit: z.string().max(32).default(''),
  /** Default: now. */
  timeMs: EpochMs.optional(),
});
export type PostedValue = z.infer<typeof PostedValue>;

/** An outside number as views show it. `value` and `timeMs` are null of one that could not be read so far. */
export const GaugeView = GaugeValue.omit({ agent: true }).extend({
  value: z.number().nullable(),
  timeMs: EpochMs.nullable(),
  isStale: z.boolean(),
});
export type GaugeView = z.infer<typeof GaugeView>;

/** A regression in service that is not over, and when it was proven. */
export const OpenRegressionView = Regression.extend({ provenMs: EpochMs, sentence: z.string() }).meta({
  id: 'OpenRegression',
});
export type OpenRegressionView = z.infer<typeof OpenRegressionView>;

/** The part of the controller's HTTP API that is about what runs. */
export const WATCHING_API = {
  postMetrics: {
    role: 'propose',
    method: 'POST',
    path: '/v1/metrics',
    does: 'outside gauges (how busy machines are, what they cost), at most 100 values a call, for views and for `limits` of rollouts: of an agent, or of one of its versions. The latest by `timeMs` counts; one of more than five minutes ahead, or more than an hour ago, is refused (400), and with it the call',
    body: z.strictObject({ values: z.array(PostedValue).min(1).max(MAX_VALUES) }),
    response: z.object({ taken: z.int() }),
  },
  getService: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent/service',
    does: 'the version in service, its regressions beside its own past that are not over, and the outside gauges of the agent',
    params: z.object({ agent: z.string() }),
    response: z.object({
      agent: z.string(),
      version: z.string(),
      regressions: z.array(OpenRegressionView),
      gauges: z.array(GaugeView),
    }),
  },
} as const satisfies Record<string, Endpoint>;
