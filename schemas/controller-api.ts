import { z } from 'zod';
import type { ControllerRole } from './controller-role.ts';
import { Decision, Evidence, RolloutState } from './decision.ts';
import { type Endpoint, EtagList, PathName } from './endpoint.ts';
import { EpochMs, Int } from './envelope.ts';
import { OPERATIONS_API } from './operations-api.ts';
import { pageAsked, pageTold } from './page.ts';
import { EVIDENCE_API } from './evidence-api.ts';
import { PIPELINE_API } from './pipeline-api.ts';
import { ALERTS_API } from './alerts-api.ts';
import { REGISTRY_API } from './registry-api.ts';
import { STORE_API } from './store-api.ts';
import { JudgeView } from './judge-view.ts';
import { LimitView } from './limit-view.ts';
import { CheckResult } from './rollout-check.ts';
import { RoutingView } from './routing-view.ts';
import { GaugeView, OpenRegressionView, WATCHING_API } from './watching-api.ts';
import { TimeToVerdict } from './time-to-verdict.ts';

const DocumentKind = z.enum(['Agent', 'Rollout', 'Gate', 'Calibration', 'Alerting']);

/**
 * One document's fate. `agent` is '' of an Alerting document, which is of none, and its sequence 0. `sequence` is the agent's after it, `rollout` the id of the one that a Rollout document began, now or before.
 * `note` says why nothing was done, and what to do if that was not meant.
 */
const Applied = z.object({
  kind: DocumentKind,
  name: z.string(),
  result: z.enum(['registered', 'unchanged', 'started', 'filed']),
  agent: z.string(),
  sequence: Int,
  rollout: z.string().nullable(),
  note: z.string(),
  /** Of a canary that it began or that is under way: how long it needs if the candidate is as good as stable, and the same in words. */
  timeToVerdict: TimeToVerdict.nullable(),
  sentence: z.string(),
});
export type Applied = z.infer<typeof Applied>;

/**
 * What applying a document would come to. `before` is what was applied by its name, null if nothing was, and `after` what would
 * be: documents as JSON, with what they get by default. What a Gate or a Calibration takes the place of is not told.
 */
const PlannedDocument = Applied.pick({
  kind: true,
  name: true,
  result: true,
  agent: true,
  rollout: true,
  note: true,
}).extend({
  before: z.json(),
  after: z.json(),
});
export type PlannedDocument = z.infer<typeof PlannedDocument>;

/** An agent and what answers for it. */
const AgentView = z.object({
  name: z.string(),
  sequence: Int,
  stable: z.string().nullable(),
  ...RoutingView.pick({ versions: true, flags: true, slices: true, metrics: true }).shape,
  /** Empty before the first decision. */
  arms: z.array(RoutingView.shape.arms.element),
  fallbacks: RoutingView.shape.rules.shape.fallbacks,
  /** The id of the rollout under way. */
  rollout: z.string().nullable(),
  /** Of the version in service, beside its own past: those that are not over. */
  regressions: z.array(OpenRegressionView),
});
AgentView.register(z.globalRegistry, { id: 'AgentView' });
export type AgentView = z.infer<typeof AgentView>;

/** All that a live view of a rollout needs. Times are epoch milliseconds, weights percent. */
const RolloutView = z.object({
  id: z.string(),
  name: z.string(),
  agent: z.string(),
  strategy: z.string(),
  stable: z.string(),
  /** Null in an experiment, where all arms are alike; so are `weights`. */
  candidate: z.string().nullable(),
  state: RolloutState,
  /** −2 before the gate, −1 in shadow and smoke; while paused, the one it resumes into. */
  stage: Int,
  stages: z.array(z.object({ weightPct: z.number(), durationMs: z.number() })),
  weights: z.object({ stable: z.number(), candidate: z.number() }).nullable(),
  /** Who answers users: while under way, and after it. */
  arms: z.array(z.object({ name: z.string(), version: z.string(), weightPct: z.number() })),
  routingSequence: Int,
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  /** When the stage's planned time is over, or its pause, in stream time. */
  dueMs: z.number().nullable(),
  /** The planned pause that it is in, and when that is over by itself; null within it where somebody must resume it. */
  pause: Decision.shape.pause,
  /** A promotion that one person asked for, and until when another must agree; null where none waits. */
  approval: z.object({ by: z.string(), arm: z.string().nullable(), untilMs: EpochMs }).nullable(),
  /** Where it stands and why, and what is missing; of one that is over, how it ended. */
  sentence: z.string(),
  /** How long a canary under way still needs if the candidate is as good as stable; null of others, and where this controller can't tell. */
  timeToVerdict: TimeToVerdict.nullable(),
  /** Why it is on HOLD. */
  hold: z.string().nullable(),
  /** What its checks said last, by the log; null before that. */
  checks: z.array(
    CheckResult.extend({ outcome: CheckResult.shape.outcome.nullable(), atMs: CheckResult.shape.atMs.nullable() }),
  ),
  /** Null where no candidate is compared with stable, as are `alpha` and the evidence. */
  policy: z.string().nullable(),
  /** How it gets to a promotion: `timer`, `prove` or `budget`; null where no canary is promoted. */
  promotion: z.string().nullable(),
  bounded: z.boolean(),
  alpha: z.number().nullable(),
  logE: z.number().nullable(),
  logThreshold: z.number().nullable(),
  /** Whether the evidence is what this controller sees now; else it is that of the last decision with any. */
  live: z.boolean(),
  streamTimeMs: z.number().nullable(),
  candidateRequests: z.number().nullable(),
  minRequests: z.number(),
  /** What all arms' answers and their judging cost so far; null where this controller does not see it now. */
  spent: z.object({ answersUsd: z.number(), judgingUsd: z.number() }).nullable(),
  /** Absolute limits beside the evidence, and how each stands. */
  limits: z.array(LimitView),
  /** Outside numbers of its agent and versions, the latest of each. */
  gauges: z.array(GaugeView),
  coverage: z.array(z.object({ of: z.string(), candidate: z.number(), stable: z.number() })),
  metrics: z.array(Evidence),
  /** Of those metrics that models scored; empty where this controller does not see the windows. */
  judges: z.array(JudgeView),
  /** The arm that all others are compared with, and what is to be won; null of what is no experiment. */
  experiment: z
    .object({
      control: z.string(),
      goal: z.object({ metric: z.string(), better: z.enum(['higher', 'lower']) }).nullable(),
    })
    .nullable(),
  /** Of the latest windows that the strongest metric rests on. */
  windowKeys: z.array(z.string()),
  last: Decision.pick({ type: true, reason: true, by: true, timeMs: true, metric: true, slice: true }),
});
RolloutView.register(z.globalRegistry, { id: 'RolloutView' });
export type RolloutView = z.infer<typeof RolloutView>;

/** A decision with its sentence. */
const ToldDecision = Decision.extend({ sentence: z.string() });
ToldDecision.register(z.globalRegistry, { id: 'ToldDecision' });
export type ToldDecision = z.infer<typeof ToldDecision>;
const Decided = z.object({ decision: ToldDecision }).meta({ id: 'Decided' });
const ofRollout = z.object({ name: PathName });

const why = { reason: z.string().max(1000).default('') };
/** A body whose fields may all be left out may be left out itself. */
const orNone = <S extends z.ZodObject>(body: S) => body.nullish().transform((given) => given ?? body.parse({}));

/** What it takes to apply a document of a kind. An agent's says where users are sent, so nobody but an admin gives it. */
export const ROLE_TO_APPLY = {
  Agent: 'admin',
  Rollout: 'propose',
  Gate: 'propose',
  Calibration: 'propose',
  Alerting: 'admin',
} as const satisfies Record<Applied['kind'], ControllerRole>;
/** What it takes to apply a Rollout with `restart=true`, which may end one that is under way. */
export const ROLE_TO_RESTART: ControllerRole = 'operate';

const WHY_FIELDS = z.strictObject(why);

/** Of both endpoints that take documents. */
const documentsAsked = {
  query: z.strictObject({
    restart: z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true'),
  }),
  body: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  isText: true,
} as const;

/** The controller's HTTP API. Its server, its client and the page of its endpoints are made from this. */
export const CONTROLLER_API = {
  applyDocuments: {
    role: 'propose',
    method: 'POST',
    path: '/v1/documents',
    does: 'YAML (several documents apart by `---`) or JSON. All are checked first: one bad document, and nothing changes. Says of each what became of it, and of a canary under way how long it needs (`timeToVerdict`, and as a `sentence`). A Rollout document that has begun a rollout before is `unchanged`, however that went; `restart=true` begins it anew (one of its name that is under way is aborted first). With `If-Match` each document in the text must take the place of one whose `ETag` is listed there (`*`: of any), else nothing is applied (412). An Agent document and an Alerting document take the role `admin`, `restart=true` the role `operate`',
    ...documentsAsked,
    headers: z.looseObject({ 'if-match': EtagList.optional() }),
    response: z.object({ applied: z.array(Applied) }),
  },
  planDocuments: {
    role: 'propose',
    method: 'POST',
    path: '/v1/documents/plan',
    does: 'what applying the same text would come to, with the document as it is and as it would be (`before`, `after`); nothing changes. Refused as applying would be',
    ...documentsAsked,
    response: z.object({ planned: z.array(PlannedDocument) }),
  },
  getDocument: {
    role: 'view',
    method: 'GET',
    path: '/v1/documents/:kind/:name',
    does: 'what was applied last under that name, as JSON with its defaults: of a Rollout the one under way, else the latest; of a Gate and a Calibration among the latest 200 of an agent. `ETag` is a hash of it; 304 for `If-None-Match`',
    params: z.object({ kind: DocumentKind, name: PathName }),
    headers: z.looseObject({ 'if-none-match': EtagList.optional() }),
    hasEtag: true,
    response: z.object({
      apiVersion: z.literal('coalmine/v1'),
      kind: DocumentKind,
      metadata: z.object({ name: z.string() }),
      spec: z.record(z.string(), z.json()),
    }),
  },
  listAgents: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents',
    does: 'name, sequence, stable version, versions, arms, flags, fallbacks, the rollout under way',
    response: z.object({ agents: z.array(AgentView) }),
  },
  getAgent: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent',
    does: 'one agent, as above',
    params: z.object({ agent: PathName }),
    response: AgentView,
  },
  setStable: {
    role: 'admin',
    method: 'POST',
    path: '/v1/agents/:agent/stable',
    does: 'all traffic to that version (by label, or by id or its first 8 characters), a `register` decision; the way back after a promotion. 409 while a rollout is under way, or if it is stable already',
    params: z.object({ agent: PathName }),
    body: z.strictObject({ version: z.string(), ...why }),
    response: Decided,
  },
  listRollouts: {
    role: 'view',
    method: 'GET',
    path: '/v1/rollouts',
    does: 'rollouts, as below, the one that began last first',
    query: z.strictObject({ ...pageAsked, agent: z.string().min(1).optional() }),
    response: z.object({ rollouts: z.array(RolloutView), ...pageTold }),
  },
  getRollout: {
    role: 'view',
    method: 'GET',
    path: '/v1/rollouts/:name',
    does: 'where it stands in a `sentence`; how long a canary still needs, metric by metric (`timeToVerdict`); state, stage, arms, weights, hold, checks, the planned pause that it is in, coverage, evidence per metric against the threshold, who judges it, absolute limits, last step. `candidate` and `weights` are null in an experiment, `policy` in all but shadow and canary, `alpha`, `logE` and `logThreshold` in blue-green',
    params: ofRollout,
    response: RolloutView,
  },
  pauseRollout: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/pause',
    does: 'weights stay as they are; a candidate that is proven worse is rolled back all the same. Answers the decision, as all of these do',
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided,
  },
  resumeRollout: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/resume',
    does: 'goes on in the stage that was paused, and past a pause that its plan asks for',
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided,
  },
  skipStage: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/skip',
    does: 'ends the present stage of a canary at once and goes to the next one, or to the pause that the plan has between; a planned pause is over. Nothing skips the eval gate, the shadow, the smoke check, checks that have not passed, a hold, or the last stage (409)',
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided,
  },
  promoteRollout: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/promote',
    does: "makes the candidate stable; of an experiment `arm` is needed, the winner's name (409 without). Where it takes two people, the first call is an `approve` decision and moves nothing; the same by another key within a day promotes",
    params: ofRollout,
    body: orNone(WHY_FIELDS.extend({ arm: z.string().min(1).optional() })),
    response: Decided,
  },
  approvePromotion: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/approve',
    does: 'the second person agrees to a promotion that waits for one (`approval`), for the arm that it was asked for; 409 where none waits, or by the key that asked',
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided,
  },
  abortRollout: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/abort',
    does: 'all traffic back to stable',
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided,
  },
  rollBack: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/rollback',
    does: "a person's way back: one that is under way is aborted; after a promotion the agent's stable version is set to the one before, unless another is stable by now (409). `did` says which, and `stable` who answers now",
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided.extend({ did: z.enum(['aborted', 'stable set']), stable: z.string() }),
  },
  restartRollout: {
    role: 'operate',
    method: 'POST',
    path: '/v1/rollouts/:name/restart',
    does: 'aborts it if it is under way, begins the same document anew under a new id; answers the start',
    params: ofRollout,
    body: orNone(WHY_FIELDS),
    response: Decided,
  },
  listDecisions: {
    role: 'view',
    method: 'GET',
    path: '/v1/decisions',
    does: 'effective decisions of the agent, or of one of its rollouts by id, newest first (the last 500 an agent; all are in the topic)',
    query: z.strictObject({
      agent: z.string().min(1),
      rollout: z.string().min(1).optional(),
      ...pageAsked,
    }),
    response: z.object({ decisions: z.array(ToldDecision), ...pageTold }),
  },
  ...OPERATIONS_API,
  ...REGISTRY_API,
  ...STORE_API,
  ...EVIDENCE_API,
  ...PIPELINE_API,
  ...ALERTS_API,
  ...WATCHING_API,
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof CONTROLLER_API;
export const ENDPOINT_NAMES = Object.keys(CONTROLLER_API) as EndpointName[];

type Of<K extends EndpointName> = (typeof CONTROLLER_API)[K];
type Part = 'params' | 'query' | 'headers' | 'body';
type PartsOf<K extends EndpointName> = Extract<keyof Of<K>, Part>;
type SchemaOf<K extends EndpointName, P extends PartsOf<K>> = Extract<Of<K>[P], z.ZodType>;
/** What may be undefined, and a query or headers of which every field may be left out. */
type IsOptional<P extends Part, Given> = undefined extends Given
  ? true
  : P extends 'query' | 'headers'
    ? Partial<Given> extends Given
      ? true
      : false
    : false;
type MayLeaveOut<K extends EndpointName> = {
  [P in PartsOf<K>]: IsOptional<P, z.input<SchemaOf<K, P>>> extends true ? P : never;
}[PartsOf<K>];

/** What a client gives: parameters, query, headers and body, before their defaults. */
export type RequestTo<K extends EndpointName> = {
  [P in Exclude<PartsOf<K>, MayLeaveOut<K>>]: z.input<SchemaOf<K, P>>;
} & { [P in MayLeaveOut<K>]?: z.input<SchemaOf<K, P>> };

/** What a server gets: the same as it was read. */
export type RequestAt<K extends EndpointName> = { [P in PartsOf<K>]: z.output<SchemaOf<K, P>> };

export type ResponseOf<K extends EndpointName> = z.output<Of<K>['response']>;
