import { NO_RULES } from '../../schemas/routing-view.ts';
import type { Arm, Rules, RoutingView, Version } from '../../schemas/routing-view.ts';
import type { Run } from './run.ts';
import { BEFORE_STAGES, hasShadowPhase, isCanary, type RolloutSpec, stagesOf } from './strategy.ts';

/** What a step does to routing; everything else of the view stays. */
export type Step = { sequence: number; timeMs: number };

/** What an Agent document says of routing beside its versions. */
export type AgentRules = Pick<
  RoutingView,
  'slices' | 'flags' | 'shadowTools' | 'http' | 'judgedPct' | 'metrics' | 'events'
> &
  Pick<RoutingView['rules'], 'fallbacks' | 'fallbackOn'>;

const armOf = (view: RoutingView, name: string, label: string, weight: number): Arm => {
  const version = view.versions.find((v) => v.label === label);
  if (version === undefined) throw new RangeError(`version ${label} is not in the routing view of ${view.agent}`);
  return { name, version: label, upstream: version.upstream, weight };
};

/** An agent's first view: all traffic to one version. The salt is fixed within a rollout; each start sets a new one. */
export const firstView = (
  agent: string,
  stable: string,
  versions: Version[],
  { slices, flags, fallbacks, fallbackOn, shadowTools, http, judgedPct, metrics, events }: AgentRules,
  { sequence, timeMs }: Step,
): RoutingView => {
  const view: RoutingView = {
    agent,
    sequence,
    rollout: '',
    salt: agent,
    arms: [{ name: 'stable', version: stable, upstream: '', weight: 100 }],
    versions,
    rules: { ...NO_RULES, fallbacks, fallbackOn },
    flags,
    shadow: null,
    shadowTools,
    http,
    judging: null,
    judgedPct,
    slices,
    metrics,
    events,
    issuedAt: timeMs,
  };
  return singleArm(view, stable, { sequence, timeMs });
};

/** All traffic to one version, no rollout: before a rollout, after its promotion or its end. */
export const singleArm = (view: RoutingView, label: string, { sequence, timeMs }: Step): RoutingView => ({
  ...view,
  sequence,
  rollout: '',
  arms: [armOf(view, 'stable', label, 100)],
  rules: { ...view.rules, betaSubjects: [], beta: [], segments: [] },
  shadow: null,
  judging: null,
  issuedAt: timeMs,
});

/** A stage's arms. In the stage before the first, stable answers alone. */
const stageArms = (
  view: RoutingView,
  run: Pick<Run, 'spec' | 'stableVersion'>,
  stage: number,
  weightPct: number | undefined,
): Arm[] => {
  const { spec } = run;
  if (spec.strategy === 'ab')
    return spec.arms.map(({ name, version, weightPct }) => armOf(view, name, version, weightPct));
  const weight = stage < 0 ? 0 : (weightPct ?? stagesOf(spec)[stage]?.weightPct ?? 0);
  return [armOf(view, 'stable', run.stableVersion, 100 - weight), armOf(view, 'candidate', spec.candidate, weight)];
};

/** Whom a stage's rules are for. Before the first stage nobody is drawn and the candidate answers nobody, beta users included. */
const stageRules = (spec: RolloutSpec, stage: number): Pick<Rules, 'betaSubjects' | 'beta' | 'segments'> => {
  if (stage < 0 || spec.strategy === 'bluegreen') return { betaSubjects: [], beta: [], segments: [] };
  const { segments } = spec;
  return isCanary(spec)
    ? { betaSubjects: spec.betaSubjects, beta: spec.beta, segments }
    : { betaSubjects: [], beta: [], segments };
};

/** The view of a stage, at its planned weight where no other is given. In shadow the mirror replays to the candidate. */
export const stageView = (
  view: RoutingView,
  run: Pick<Run, 'id' | 'spec' | 'stableVersion'>,
  stage: number,
  { sequence, timeMs }: Step,
  weightPct?: number,
): RoutingView => ({
  ...view,
  sequence,
  rollout: run.id,
  salt: run.id,
  arms: stageArms(view, run, stage, weightPct),
  rules: { ...view.rules, ...stageRules(run.spec, stage) },
  shadow: stage === BEFORE_STAGES ? shadowPlan(run.spec) : null,
  judging: isCanary(run.spec) ? run.spec.judging : null,
  issuedAt: timeMs,
});

const shadowPlan = (spec: RolloutSpec): RoutingView['shadow'] => {
  if (!hasShadowPhase(spec)) return null;
  const { sharePct, noiseSharePct, maxPerSecond } = spec.shadow;
  return { arm: 'candidate', version: spec.candidate, sharePct, noiseSharePct, maxPerSecond };
};

/** The same routing under the next sequence: a step that moves no traffic. */
export const sameView = (view: RoutingView, { sequence, timeMs }: Step): RoutingView => ({
  ...view,
  sequence,
  issuedAt: timeMs,
});
