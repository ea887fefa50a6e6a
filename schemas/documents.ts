import { z } from 'zod';
import { AlertingDocument } from './alerting.ts';
import { CalibrationDocument } from './calibration.ts';
import { Duration } from './duration.ts';
import { FallbackOn } from './fallback-on.ts';
import { GateDocument } from './gate-document.ts';
import { HttpSpec } from './http-spec.ts';
import { LimitSpec } from './limit-spec.ts';
import { MetricSpec } from './metric-spec.ts';
import { metricOrRubric } from './metrics.ts';
import { DeclaredEvents } from './own-event.ts';
import { DeclaredMetrics } from './own-metric.ts';
import { PlainUrl } from './plain-url.ts';
import { Checks } from './rollout-check.ts';
import { isPause, Stages } from './rollout-stages.ts';
import { ScrapedGauges } from './scraped-gauge.ts';
import { SmokeRequest } from './smoke-request.ts';
import { Flag, Name, ShadowTools } from './routing-view.ts';
import {
  BetaSubjects,
  BoundedFallback,
  BoundedMatch,
  MAX_RULES,
  MAX_SLICES,
  MAX_VERSIONS,
  SliceLabel,
  SliceValues,
} from './servable-view.ts';
import { VersionSpec } from './version-spec.ts';

/** What every document begins with. */
export const documentHeader = <K extends string>(kind: K) => ({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal(kind),
  metadata: z.strictObject({ name: Name }),
});

const Percent = z.number().min(0).max(100);

/** A rule as people may write it: one that is for everybody, or for nobody, is a slip of the pen. */
const DocumentMatch = BoundedMatch.strict().check(({ value, issues }) => {
  const refuse = (path: string[], message: string): void =>
    void issues.push({ code: 'custom', path, message, input: value });
  const { subjects, groups, headers, claims } = value;
  if (subjects.length + groups.length + Object.keys(headers).length + Object.keys(claims).length === 0)
    refuse([], 'asks for nothing, so it would be everyone; give subjects, groups, headers or claims');
  for (const name of Object.keys(headers))
    if (name !== name.toLowerCase()) refuse(['headers', name], 'header names are in lower case');
  for (const [part, wanted] of Object.entries({ headers, claims }))
    for (const [name, values] of Object.entries(wanted))
      if (values.length === 0) refuse([part, name], 'needs at least one value; * stands for any');
});

const Matches = z.array(DocumentMatch).max(MAX_RULES).default([]);
const DocumentFlag = Flag.extend({ match: DocumentMatch.nullable().default(null) }).strict();

/** They are asked while whoever applies the document waits. */
const MAX_IDENTITIES = 32;

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const AgentDocument = z.strictObject({
  ...documentHeader('Agent'),
  spec: z
    .strictObject({
      stable: Name,
      versions: z.array(VersionSpec).min(1).max(MAX_VERSIONS),
      slices: z
        .array(z.strictObject({ label: SliceLabel, values: SliceValues }))
        .max(MAX_SLICES)
        .default([]),
      /** What a shadow's replay does with the request's tools. */
      shadowTools: ShadowTools.default('stub'),
      http: HttpSpec.optional(),
      /** Of the answers of the version in service, outside rollouts, the share put before a judge model. */
      judging: z.strictObject({ stablePct: Percent.gt(0).default(100) }).prefault({}),
      metrics: DeclaredMetrics,
      /** What clients may report of its answers with feedback. */
      events: DeclaredEvents,
      /** Outside gauges that the controller reads from Prometheus. */
      gauges: ScrapedGauges,
      /** The first that applies wins. */
      flags: z
        .array(DocumentFlag)
        .max(MAX_RULES)
        .refine((flags) => isUnique(flags.map(({ key }) => key)), 'has two flags of one key')
        .default([]),
      /** Who answers in turn when the assigned version and the resting one fail. */
      fallbacks: z
        .array(
          z
            .array(BoundedFallback.strict())
            .min(1)
            .max(MAX_VERSIONS)
            .refine((step) => isUnique(step.map(({ version }) => version)), 'names a version twice'),
        )
        .max(MAX_RULES)
        .default([]),
      /** On which 4xx of a version another one answers, if there is one with room; a 5xx always is such. */
      fallbackOn: FallbackOn,
    })
    .refine((spec) => spec.versions.some((v) => v.label === spec.stable), {
      path: ['stable'],
      message: 'names a version that is not in spec.versions',
    })
    .refine((spec) => isUnique(spec.versions.map((v) => v.label)), {
      path: ['versions'],
      message: 'has two versions of one label',
    })
    .refine((spec) => spec.versions.filter((v) => v.identity !== undefined).length <= MAX_IDENTITIES, {
      path: ['versions'],
      message: `has more than ${MAX_IDENTITIES} versions with an identity; each is asked for when the document is applied`,
    }),
});
export type AgentDocument = z.infer<typeof AgentDocument>;

/** The plain checker: a metric failing a threshold in a window rolls back. Values in the metric's own unit; measures by p99. */
const ThresholdSpec = z.strictObject({
  metric: z.string().min(1).max(200),
  maxAbsolute: z.number().optional(),
  /** A ratio: 1.5 is half as much again. */
  maxRelativeIncrease: z.number().min(1).optional(),
  minAbsolute: z.number().optional(),
  /** A fraction: 0.1 is a tenth less. */
  maxRelativeDecrease: z.number().min(0).max(1).optional(),
});
export type ThresholdSpec = z.infer<typeof ThresholdSpec>;

/** Each name is looked up, and a wrong one held against all that there are, where everything is decided. */
const MAX_METRICS = 200;
const MAX_LIMITS = 50;

/** What a rollout has, whatever its strategy. */
const ofEveryRollout = {
  agent: Name,
  notify: z.strictObject({ webhook: PlainUrl }).optional(),
};

/** If there are any, only callers within one of them are drawn; all others stay where they rest. */
const Segments = Matches;
/** Coverage below this, or uneven between the arms by more than half a point, is HOLD. */
const MinCoverage = z.number().min(0).max(1).default(0.99);
/** Candidate requests that a stage needs, however long it takes. */
const MinRequests = z.int().nonnegative().default(50);
/** After this the rollout ends as inconclusive. */
const Deadline = Duration.default(7 * 86_400_000);

const CanarySpec = z
  .strictObject({
    ...ofEveryRollout,
    candidate: Name,
    strategy: z.enum(['shadow', 'canary']).optional().default('canary'),
    /** Nothing begins before a Gate document says that the candidate passed; an older one than `maxAge` does not count. */
    gate: z.strictObject({ maxAge: Duration.default(7 * 86_400_000) }).optional(),
    shadow: z
      .strictObject({
        sharePct: Percent.default(100),
        noiseSharePct: Percent.default(20),
        maxPerSecond: z.number().positive().max(1e6).default(50),
        duration: Duration.default(600_000),
        /** The gate opens only after this many scored pairs of every metric that applies. */
        minPairs: z.int().positive().default(50),
      })
      .optional(),
    skipShadow: z.boolean().default(false),
    /**
     * `timer`: stage by stage, each for its time, the last promotes. `prove`: stage by stage, too, but promoted as soon as every
     * metric is proven good enough, and only then. `budget`: no stages; the weight is as large as the harm that the candidate
     * may yet do allows, and it is promoted on the same proof. Default: `timer` where stages are given, else `budget`.
     */
    promotion: z.enum(['timer', 'prove', 'budget']).optional(),
    stages: Stages.optional(),
    checks: Checks,
    /** Of `budget`: the excess of bad answers over all traffic may be this share of stable's own; the weight's limits. */
    budget: z
      .strictObject({
        harmPct: Percent.gt(0).default(10),
        minPct: Percent.gt(0).default(5),
        maxPct: Percent.gt(0).default(50),
      })
      .refine((budget) => budget.minPct <= budget.maxPct, { path: ['maxPct'], message: 'is below minPct' })
      .prefault({}),
    /** Of each arm's answered requests, the share put before a judge model. */
    judging: z
      .strictObject({ candidatePct: Percent.gt(0).default(100), stablePct: Percent.gt(0).default(100) })
      .prefault({}),
    /** A judge model's score promotes only if that judge, in that wording, is calibrated against people's labels. */
    requireCalibration: z.boolean().default(false),
    minRequests: MinRequests,
    alpha: z.number().gt(0).max(0.5).default(0.05),
    /** `bounded`: rules with α for the whole rollout. `thresholds`: the plain checker, which bounds nothing. */
    policy: z.enum(['bounded', 'thresholds']).default('bounded'),
    metrics: z.array(MetricSpec).min(1).max(MAX_METRICS).optional(),
    thresholds: z.array(ThresholdSpec).max(MAX_METRICS).default([]),
    /** Hard stops beside the evidence, in shadow and canary. They bound no error. */
    limits: z.array(LimitSpec).max(MAX_LIMITS).optional(),
    minCoverage: MinCoverage,
    deadline: Deadline,
    holdbackPct: z.number().min(1).max(50).default(5),
    /** For so long after its promotion a candidate that is proven worse than its own past sends all traffic back to the version before. */
    watch: z.strictObject({ for: Duration.default(86_400_000), onRegression: z.literal('rollback') }).optional(),
    /** These, and those of `beta`, get the candidate whenever its weight is above 0, and are no evidence. */
    betaSubjects: BetaSubjects,
    beta: Matches,
    segments: Segments,
  })
  .refine(({ stages: [first] = [], shadow, skipShadow }) => !first || !isPause(first) || (shadow && !skipShadow), {
    path: ['stages', 0],
    message: 'is a pause before any traffic moves; that needs a shadow phase before it',
  })
  .refine(({ stages = [], deadline }) => stages.every((s) => !isPause(s) || (s.pause.duration ?? 0) < deadline), {
    path: ['deadline'],
    message: 'is before the end of a pause',
  })
  .refine((spec) => spec.promotion !== 'budget' || spec.stages === undefined, {
    path: ['stages'],
    message:
      'have no place in `promotion: budget`, which sets the weight itself; leave them out or take `prove` or `timer`',
  })
  .refine((spec) => spec.policy !== 'thresholds' || spec.promotion === undefined || spec.promotion === 'timer', {
    path: ['promotion'],
    message: 'must be `timer` under `policy: thresholds`: plain thresholds prove nothing',
  })
  .refine((spec) => spec.policy !== 'thresholds' || spec.thresholds.length > 0, {
    path: ['thresholds'],
    message: 'the policy `thresholds` needs at least one',
  });

/** The arm of the agent's stable version, where traffic rests. */
export const STABLE_ARM = 'stable';

/** Sums of percents that decimal fractions can't hit exactly are taken as 100. */
const ROUNDING_PCT = 1e-6;

/** Of a metric given where one mean is compared with another: why it can't be. */
const meansIssue = (name: string): string | undefined => {
  const { family, rows, ofJudge } = metricOrRubric(name);
  if (ofJudge) return `${name} tells how the judge keeps up, not how an arm answers; take another metric`;
  if (family === 'count') return `${name} is a count of requests, which the weights decide; take another metric`;
  return rows === name ? undefined : `${name} is a quantile; arms are compared by their means, so give ${rows}`;
};

/** What an experiment is about. Arms are compared by the metric's mean: of rates, scores and measures per value, of events per request. */
const GoalSpec = z
  .strictObject({
    /** `event_<name>` is what clients report by that name with feedback. */
    metric: z.string().min(1),
    /** Default: the metric's own direction; of events and rubrics that is higher. */
    better: z.enum(['higher', 'lower']).optional(),
    /** Of events: compare the sum of their values (revenue), or how many there are (conversions). */
    by: z.enum(['sum', 'count']).optional(),
    /** Relative: arms are equivalent when no arm's mean is proven to be as much as this share above another's. */
    margin: z.number().gt(0).max(1).default(0.02),
  })
  .check(({ value: { metric, by }, issues }) => {
    const wrong = meansIssue(metric);
    if (wrong !== undefined) issues.push({ code: 'custom', path: ['metric'], message: wrong, input: metric });
    if (by !== undefined && metricOrRubric(metric).family !== 'event')
      issues.push({ code: 'custom', path: ['by'], message: 'is for events (event_<name>) alone', input: by });
  });
export type GoalSpec = z.infer<typeof GoalSpec>;

const canGuard = (name: string): boolean => {
  const { family, ofJudge } = metricOrRubric(name);
  return family !== 'count' && family !== 'event' && !ofJudge;
};

/** What no arm may spoil. Rates, scores and measures; an event's rows know nothing of the requests without one. */
const Guardrails = z
  .array(
    MetricSpec.refine(({ name }) => canGuard(name), {
      path: ['name'],
      error: ({ input }) =>
        `${(input as MetricSpec).name} can't be a guardrail: take a rate, a score or a measure of the answers`,
    }),
  )
  .max(20)
  .refine((specs) => isUnique(specs.map(({ name }) => name)), 'names a metric twice')
  .default([]);

const AbSpec = z
  .strictObject({
    ...ofEveryRollout,
    strategy: z.literal('ab'),
    /** One of them may be named `stable`, with the agent's stable version: it answers for an arm that fails, else the last does. */
    arms: z
      .array(z.strictObject({ name: Name, version: Name, weightPct: Percent.gt(0) }))
      .min(2)
      .max(8)
      .refine((arms) => isUnique(arms.map(({ name }) => name)), 'has two arms of one name')
      .refine((arms) => Math.abs(arms.reduce((sum, arm) => sum + arm.weightPct, 0) - 100) < ROUNDING_PCT, {
        error: ({ input }) => `weights must add up to 100, not ${sumPct(input)}`,
      }),
    duration: Duration,
    /** What is to be won. Without one nobody wins by itself. */
    goal: GoalSpec.optional(),
    /** An arm proven worse than `control` in these ends the experiment. */
    guardrails: Guardrails,
    /** The arm that guardrails compare with. Default: the arm `stable` if there is one, else the first. */
    control: Name.optional(),
    /** The chance to name a winner that does not beat every other arm, at most; the same of guardrails and of equivalence. */
    alpha: z.number().gt(0).max(0.5).default(0.05),
    /** Requests that every arm needs before a winner is named or arms are called equivalent. */
    minRequests: z.int().nonnegative().default(500),
    /** Less telemetry than this of any arm, or uneven between arms by more than half a point, names no winner. */
    minCoverage: MinCoverage,
    segments: Segments,
    deadline: Duration.default(90 * 86_400_000),
  })
  .refine((spec) => spec.segments.length === 0 || spec.arms.some(({ name }) => name === STABLE_ARM), {
    path: ['segments'],
    message: 'need an arm named `stable`, where everyone outside them stays',
  })
  .refine((spec) => spec.duration <= spec.deadline, {
    path: ['deadline'],
    message: 'is before the end of spec.duration',
  })
  .refine((spec) => spec.control === undefined || spec.arms.some(({ name }) => name === spec.control), {
    path: ['control'],
    error: ({ input }) =>
      `names no arm; there are ${(input as { arms: { name: string }[] }).arms.map(({ name }) => name).join(', ')}`,
  });

const sumPct = (arms: unknown): number =>
  Number((arms as { weightPct: number }[]).reduce((sum, arm) => sum + arm.weightPct, 0).toFixed(6));

const BlueGreenSpec = z
  .strictObject({
    ...ofEveryRollout,
    strategy: z.literal('bluegreen'),
    candidate: Name,
    smoke: z.strictObject({
      requests: z.array(SmokeRequest).min(1).max(20),
      /** Of each request. */
      timeout: Duration.default(30_000),
    }),
    /** For so long after the switch the way back is kept and the thresholds are checked. */
    watch: Duration.default(600_000),
    minRequests: MinRequests,
    thresholds: z.array(ThresholdSpec).max(MAX_METRICS).default([]),
    minCoverage: MinCoverage,
    deadline: Deadline,
  })
  .refine((spec) => spec.watch <= spec.deadline, { path: ['deadline'], message: 'is before the end of spec.watch' });

export const RolloutDocument = z.strictObject({
  ...documentHeader('Rollout'),
  spec: z.discriminatedUnion('strategy', [CanarySpec, AbSpec, BlueGreenSpec], {
    error: ({ code }) =>
      code === 'invalid_union' ? 'is none of shadow, canary (the default), ab, bluegreen' : undefined,
  }),
});
export type RolloutDocument = z.infer<typeof RolloutDocument>;
export type CanarySpec = z.infer<typeof CanarySpec>;
export type AbSpec = z.infer<typeof AbSpec>;
export type BlueGreenSpec = z.infer<typeof BlueGreenSpec>;

export const Document = z.discriminatedUnion('kind', [
  AgentDocument,
  RolloutDocument,
  GateDocument,
  CalibrationDocument,
  AlertingDocument,
]);
export type Document = z.infer<typeof Document>;
