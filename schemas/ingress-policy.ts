import { z } from 'zod';
import { documentHeader } from './documents.ts';
import { Duration } from './duration.ts';
import { CaptureMode } from './exchange.ts';
import { PlainUrl, plainUrlProblem } from './plain-url.ts';

const ms = (fallback: number) => Duration.refine((value) => value > 0, 'more than nothing').default(fallback);
const Count = z.int().positive();

/**
 * How many requests: `requests` in each `per`, evenly spread, of which `burst` may come at once.
 * The generic cell rate algorithm (ITU-T I.371, annex A) with emission interval per/requests and tolerance burst × that.
 */
export const Limit = z.strictObject({
  requests: Count,
  per: Duration.refine((ms) => ms > 0, 'more than nothing').default(60_000),
  burst: Count.default(10),
});
export type Limit = z.infer<typeof Limit>;

export const CapturePolicy = z.strictObject({
  mode: CaptureMode.default('redacted'),
  /** The share of exchanges whose bodies are kept, by a hash of the exchange id; of the others as with `none`. */
  samplePct: z.number().min(0).max(100).default(100),
});

export type CapturePolicy = z.infer<typeof CapturePolicy>;

/** When an upstream is taken for broken and left alone for a while, as Envoy's outlier detection has it. */
export const OutlierPolicy = z.strictObject({
  consecutiveFailures: Count.default(5),
  interval: ms(10_000),
  /** Of at least `minRequests` in an interval. */
  failurePct: z.number().gt(0).max(100).default(85),
  minRequests: Count.default(50),
  /** Times the number of ejections in a row, up to the longest. */
  baseEjection: ms(30_000),
  maxEjection: ms(300_000),
  /** Of an agent's upstreams; one may always be ejected. */
  maxEjectedPct: z.number().min(0).max(100).default(50),
});

/** How one version's upstream is treated. */
export const UpstreamPolicy = z.strictObject({
  connectTimeout: ms(2_000),
  firstByteTimeout: ms(60_000),
  idleTimeout: ms(60_000),
  totalTimeout: ms(600_000),
  maxConcurrent: Count.default(1_024),
  maxQueued: z.int().nonnegative().default(256),
  queueTimeout: ms(1_000),
  /** Retries under way may be at most this share of the calls under way, or `minConcurrent` if that is more. */
  retry: z
    .strictObject({
      budgetPct: z.number().min(0).max(100).default(20),
      minConcurrent: z.int().nonnegative().default(3),
    })
    .prefault({}),
  outlier: OutlierPolicy.prefault({}),
});
export type UpstreamPolicy = z.infer<typeof UpstreamPolicy>;

const AgentPolicy = z.strictObject({
  capture: CapturePolicy.prefault({}),
  upstream: UpstreamPolicy.prefault({}),
  /** Of all callers of the agent together. */
  limit: Limit.nullable().default(null),
  /** WebSocket connections of a candidate that was rolled back are closed after this. */
  rollbackDrain: ms(10_000),
});
export type AgentPolicy = z.infer<typeof AgentPolicy>;

const Origin = PlainUrl.refine(
  (text) => plainUrlProblem(text) !== null || new URL(text).origin === text,
  'an origin has no path and no query',
);

/** What callers without a key, or keys without words of their own, may do. */
const Caller = z.strictObject({
  roles: z.array(z.enum(['pin', 'subjects', 'events', 'score'])).default([]),
  groups: z.array(z.string()).default([]),
  /** Agents by name, or `*`. */
  agents: z.array(z.string()).min(1).default(['*']),
});

/** Who may send what through the front door, and how it is treated. One a process; read again whenever it changes. */
export const IngressPolicy = z.strictObject({
  ...documentHeader('IngressPolicy'),
  spec: z.strictObject({
    access: z
      .strictObject({
        /** Callers without a key; null refuses them. */
        anonymous: Caller.nullable().default(null),
        /** Addresses or CIDR blocks whose `x-forwarded-for` is believed. */
        trustedProxies: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).default([]),
      })
      .prefault({}),
    cors: z
      .strictObject({
        /** Origins like https://app.example.com, or `*`. */
        origins: z.array(z.union([z.literal('*'), Origin])).min(1),
        headers: z.array(z.string()).default([]),
        maxAge: ms(600_000),
      })
      .nullable()
      .default(null),
    limits: z
      .strictObject({
        /** For each key that has no limit of its own; callers without a key share one by address. */
        perKey: Limit.nullable().default(null),
        perUser: Limit.nullable().default(null),
        maxConcurrent: Count.default(10_000),
        maxBodyBytes: Count.max(64 * 1_048_576).default(4 * 1_048_576),
        /** Of bodies that one process holds for clients; null: an eighth of the memory that it may have, 256 MiB at most. */
        maxHeldBytes: Count.nullable().default(null),
      })
      .prefault({}),
    /** For agents that are not named in `agents`. */
    defaults: AgentPolicy.prefault({}),
    agents: z.record(z.string(), AgentPolicy).default({}),
    /** A header for each request to an origin, such as a provider's key. Its value is read from the environment. */
    credentials: z
      .array(
        z.strictObject({
          origin: Origin,
          header: z.string().regex(/^[a-z0-9-]+$/, 'a header name in lower case'),
          env: z.string().min(1),
          prefix: z.string().default(''),
        }),
      )
      .default([]),
  }),
});
export type IngressPolicy = z.infer<typeof IngressPolicy>;
