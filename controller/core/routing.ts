import { NO_RULES } from '../../schemas/routing-view.ts';
import type { Arm, RoutingView, Version } from '../../schemas/routing-view.ts';
import { SHADOW_STAGE, type Run } from './run.ts';

/** What a step does to routing; everything else of the view stays. */
export type Step = { sequence: number; timeMs: number };

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
  slices: RoutingView['slices'],
  { sequence, timeMs }: Step,
): RoutingView => {
  const view: RoutingView = {
    agent,
    sequence,
    rollout: '',
    salt: agent,
    arms: [{ name: 'stable', version: stable, upstream: '', weight: 100 }],
    versions,
    rules: NO_RULES,
    flags: [],
    shadow: null,
    slices,
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
  issuedAt: timeMs,
});

/** The candidate's weight in a stage, in percent: never so much that less than the holdback stays on stable. */
export const stageWeightPct = (spec: Run['spec'], stage: number): number =>
  stage === SHADOW_STAGE ? 0 : Math.min(spec.stages[stage]?.weightPct ?? 0, 100 - spec.holdbackPct);

/** The view of a stage. In shadow the candidate answers nobody, beta subjects included, and the mirror replays to it. */
export const stageView = (
  view: RoutingView,
  run: Pick<Run, 'id' | 'spec' | 'stableVersion'>,
  stage: number,
  { sequence, timeMs }: Step,
): RoutingView => {
  const weight = stageWeightPct(run.spec, stage);
  const { shadow, candidate } = run.spec;
  const inShadow = stage === SHADOW_STAGE && shadow !== undefined;
  return {
    ...view,
    sequence,
    rollout: run.id,
    salt: run.id,
    arms: [armOf(view, 'stable', run.stableVersion, 100 - weight), armOf(view, 'candidate', candidate, weight)],
    rules: { ...view.rules, betaSubjects: inShadow ? [] : run.spec.betaSubjects },
    shadow: inShadow
      ? {
          arm: 'candidate',
          version: candidate,
          sharePct: shadow.sharePct,
          noiseSharePct: shadow.noiseSharePct,
          maxPerSecond: shadow.maxPerSecond,
        }
      : null,
    issuedAt: timeMs,
  };
};

/** The same routing under the next sequence: a step that moves no traffic. */
export const sameView = (view: RoutingView, { sequence, timeMs }: Step): RoutingView => ({
  ...view,
  sequence,
  issuedAt: timeMs,
});
