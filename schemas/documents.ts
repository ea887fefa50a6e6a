import { z } from 'zod';
import { MAX_SLICE_VALUES, Name } from './routing-view.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `250ms`, `10s`, `30m`, `2h`, `7d` → milliseconds. */
export const Duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'a duration like 250ms, 10s, 30m, 2h or 7d')
  .transform((text) => {
    const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(text)!;
    return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  });

/** What every document begins with. */
export const documentHeader = <K extends string>(kind: K) => ({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal(kind),
  metadata: z.strictObject({ name: Name }),
});

const Percent = z.number().min(0).max(100);

const VersionSpec = z.strictObject({
  label: Name,
  /** Base URL of an OpenAI-compatible API, without the path of the call: `http://127.0.0.1:9001/v1`. */
  upstream: z.url({ protocol: /^https?$/ }),
  /** Sent as `model` in place of the agent's name, for an upstream that serves several models; '' sends the name. */
  upstreamModel: z.string().default(''),
  /** What the version is made of; its id is the SHA-256 of the canonical JSON of these four. */
  code: z.string().default(''),
  prompt: z.string().default(''),
  model: z.record(z.string(), z.json()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  promptUsdPerMillion: z.number().nonnegative().default(0),
  completionUsdPerMillion: z.number().nonnegative().default(0),
});
export type VersionSpec = z.infer<typeof VersionSpec>;

export const AgentDocument = z.strictObject({
  ...documentHeader('Agent'),
  spec: z
    .strictObject({
      stable: Name,
      versions: z.array(VersionSpec).min(1),
      slices: z
        .array(z.strictObject({ label: z.string().min(1), values: z.array(z.string()).max(MAX_SLICE_VALUES) }))
        .default([]),
    })
    .refine((spec) => spec.versions.some((v) => v.label === spec.stable), {
      path: ['stable'],
      message: 'names a version that is not in spec.versions',
    })
    .refine((spec) => new Set(spec.versions.map((v) => v.label)).size === spec.versions.length, {
      path: ['versions'],
      message: 'has two versions of one label',
    }),
});
export type AgentDocument = z.infer<typeof AgentDocument>;

/** One metric's part in a rollout. Its rule follows from its family: rate → rule 1, measure → rule 2 (p99), score → rule 4. */
export const MetricSpec = z.strictObject({
  name: z.string().min(1),
  weight: z.number().positive().default(1),
  /** Tolerated ratio of the bad rate, candidate to stable (rates), and of the exceedance rate (measures). */
  r0: z.number().min(1).default(1.1),
  /** Tolerated ratio of the p99 itself (measures); a true ratio of just this much is never found. */
  p99Ratio: z.number().min(1).default(1.2),
  /** Tolerated loss of a score's mean. */
  delta0: z.number().min(0).max(1).default(0.005),
});
export type MetricSpec = z.infer<typeof MetricSpec>;

/** The plain checker: a metric failing a threshold in a window rolls back. Values in the metric's own unit; measures by p99. */
const ThresholdSpec = z.strictObject({
  metric: z.string().min(1),
  maxAbsolute: z.number().optional(),
  /** A ratio: 1.5 is half as much again. */
  maxRelativeIncrease: z.number().min(1).optional(),
  minAbsolute: z.number().optional(),
  /** A fraction: 0.1 is a tenth less. */
  maxRelativeDecrease: z.number().min(0).max(1).optional(),
});
export type ThresholdSpec = z.infer<typeof ThresholdSpec>;

export const RolloutDocument = z.strictObject({
  ...documentHeader('Rollout'),
  spec: z
    .strictObject({
      agent: Name,
      candidate: Name,
      strategy: z.enum(['shadow', 'canary']).default('canary'),
      shadow: z
        .strictObject({
          sharePct: Percent.default(100),
          noiseSharePct: Percent.default(20),
          maxPerSecond: z.number().positive().default(50),
          duration: Duration.default(600_000),
          /** The gate opens only after this many scored pairs of every metric that applies. */
          minPairs: z.int().positive().default(50),
        })
        .optional(),
      skipShadow: z.boolean().default(false),
      stages: z
        .array(z.strictObject({ weightPct: Percent.gt(0), duration: Duration }))
        .min(1)
        .default([
          { weightPct: 5, duration: 1_800_000 },
          { weightPct: 25, duration: 3_600_000 },
          { weightPct: 50, duration: 7_200_000 },
          { weightPct: 100, duration: 7_200_000 },
        ]),
      /** Candidate requests that a stage needs, however long it takes. */
      minRequests: z.int().nonnegative().default(50),
      alpha: z.number().gt(0).max(0.5).default(0.05),
      /** `bounded`: rules with α for the whole rollout. `thresholds`: the plain checker, which bounds nothing. */
      policy: z.enum(['bounded', 'thresholds']).default('bounded'),
      metrics: z.array(MetricSpec).min(1).optional(),
      thresholds: z.array(ThresholdSpec).default([]),
      /** Coverage below this, or uneven between the arms by more than half a point, is HOLD. */
      minCoverage: z.number().min(0).max(1).default(0.99),
      /** After this the rollout ends as inconclusive. */
      deadline: Duration.default(7 * 86_400_000),
      holdbackPct: z.number().min(1).max(50).default(5),
      betaSubjects: z.array(z.string()).default([]),
      notify: z.strictObject({ webhook: z.url({ protocol: /^https?$/ }) }).optional(),
    })
    .refine((spec) => spec.stages.every((s, i) => i === 0 || s.weightPct > spec.stages[i - 1]!.weightPct), {
      path: ['stages'],
      message: 'weights must rise from stage to stage',
    })
    .refine((spec) => spec.policy !== 'thresholds' || spec.thresholds.length > 0, {
      path: ['thresholds'],
      message: 'the policy `thresholds` needs at least one',
    }),
});
export type RolloutDocument = z.infer<typeof RolloutDocument>;

export const Document = z.discriminatedUnion('kind', [AgentDocument, RolloutDocument]);
export type Document = z.infer<typeof Document>;
