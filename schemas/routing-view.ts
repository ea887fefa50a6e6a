import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';
import { FALLBACK_ON, FallbackStatus } from './fallback-on.ts';
import { OwnEvent } from './own-event.ts';
import { OwnMetric } from './own-metric.ts';

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
    /** Of prompt tokens that the upstream had in its cache; null for the price of the others. */
    cachedPromptUsdPerMillion: z.number().nonnegative().nullable().default(null),
    /** What the upstream wants as `model` in place of the agent's name; '' leaves the body as the client sent it. */
    upstreamModel: z.string().default(''),
  })
  .meta({ id: 'Version' });
export type Version = z.infer<typeof Version>;

export const Arm = z
  .object({ name: Name, version: Name, upstream: z.string(), weight: z.number().min(0).max(100) })
  .meta({ id: 'Arm' });
export type Arm = z.infer<typeof Arm>;

/**
 * Whom a rule is for. Each part that is not empty must hold, and within a part any one value does. Groups and claims are those
 * of the caller's API key; header names are in lower case, and `*` stands for any value.
 * Not strict, as no event is: a later version may add a field, which this one's reader passes over.
 */
export const Match = z
  .object({
    name: z.string().default(''),
    subjects: z.array(z.string()).default([]),
    groups: z.array(z.string()).default([]),
    headers: z.record(z.string(), z.array(z.string())).default({}),
    claims: z.record(z.string(), z.array(z.string())).default({}),
  })
  .meta({ id: 'Match' });
export type Match = z.infer<typeof Match>;

/** A feature flag: `pct` of those that match (of all, when nothing is asked) get `version`, by a draw of the flag's own. */
export const Flag = z
  .object({
    key: Name,
    version: Name,
    pct: z.number().min(0).max(100).default(100),
    match: Match.nullable().default(null),
  })
  .meta({ id: 'Flag' });
export type Flag = z.infer<typeof Flag>;

export const FallbackVersion = z
  .object({ version: Name, weight: z.number().positive().default(1) })
  .meta({ id: 'FallbackVersion' });

/** One step of a fallback chain: one of its versions answers, drawn by weight. */
const FallbackStep = z.array(FallbackVersion).min(1);

export const Rules = z
  .object({
    /** These get the candidate whenever its weight is above 0. They chose themselves, so they are no evidence. */
    betaSubjects: z.array(z.string()).default([]),
    beta: z.array(Match).default([]),
    /** If there are any, only subjects within one of them are drawn by weight; all others stay where they rest. */
    segments: z.array(Match).default([]),
    /** Who answers in turn when the assigned version and the resting one fail. */
    fallbacks: z.array(FallbackStep).default([]),
    /** On which 4xx of a version another one answers, if there is one with room. */
    fallbackOn: z.array(FallbackStatus).default(FALLBACK_ON),
  })
  .meta({ id: 'Rules' });
export type Rules = z.infer<typeof Rules>;
export const NO_RULES: Rules = { betaSubjects: [], beta: [], segments: [], fallbacks: [], fallbackOn: FALLBACK_ON };

/**
 * `strip`: replays carry no tools. `stub`: a call that stands with its result in the live conversation gets that result, any
 * other ends the replay. `pass`: the request goes out as it is, for agents that obey `x-coalmine-shadow`.
 */
export const ShadowTools = z.enum(['strip', 'stub', 'pass']);
export type ShadowTools = z.infer<typeof ShadowTools>;

/**
 * How the agent's own protocol is read (`/agents/{agent}/…`): JSON pointers to the user's text and to the answer's, '' where there
 * is none; and the paths, without `/agents/{agent}`, whose POSTs a shadow may repeat.
 */
const HttpProtocol = z
  .object({
    requestPath: z.string().default(''),
    answerPath: z.string().default(''),
    replay: z.array(z.string()).default([]),
  })
  .meta({ id: 'HttpProtocol' });

/** What the ingress, the mirror and the judge do for one agent: a view of the decision log, kept in Redis. Weights are in percent. */
export const RoutingView = z
  .object({
    agent: Name,
    sequence: Int.positive(),
    rollout: z.string(),
    salt: z.string(),
    arms: z.array(Arm).min(1),
    /** Every version that a pin (`agent@version`) may name. */
    versions: z.array(Version),
    rules: Rules,
    flags: z.array(Flag).default([]),
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
    /** What a replay does with the request's tools. */
    shadowTools: ShadowTools.default('pass'),
    /** Null where the agent's document says nothing of a protocol of its own. */
    http: HttpProtocol.nullable().default(null),
    /** The shares, in percent, of each arm's answered requests that are put before a judge model; null outside a rollout. */
    judging: z
      .object({ candidatePct: z.number(), stablePct: z.number() })
      .meta({ id: 'JudgingPlan' })
      .nullable()
      .default(null),
    /** Outside rollouts: the share of the answers, in percent, that is put before a judge model. */
    judgedPct: z.number().default(100),
    /** Request metadata labels that slice the windows, and the values that have a window of their own. */
    slices: z.array(
      z.object({ label: z.string(), values: z.array(z.string()).max(MAX_SLICE_VALUES) }).meta({ id: 'SliceLabel' }),
    ),
    /** What clients may post values of, beside the built-in metrics. */
    metrics: z.array(OwnMetric).default([]),
    /** What clients may report, and within which bounds. */
    events: z.array(OwnEvent).default([]),
    issuedAt: EpochMs,
  })
  .meta({ id: 'RoutingView' });
export type RoutingView = z.infer<typeof RoutingView>;
