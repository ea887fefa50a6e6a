import type { Decision } from '../../schemas/decision.ts';
import type { RolloutDocument } from '../../schemas/documents.ts';
import { KNOWN_METRICS, metricOf } from '../../schemas/metrics.ts';
import { type AgentState, underWay } from './agent-log.ts';
import { commandGrounds } from './build-decision.ts';
import { hasShadowPhase } from './metric-plan.ts';
import { conflict, invalid, type Issue, type Refusal } from './refusal.ts';
import { stageView } from './routing.ts';
import { SHADOW_STAGE } from './run.ts';

export type Start = { kind: 'refused'; refusal: Refusal } | { kind: 'decide'; decision: Decision };

/**
 * What applying a Rollout document leads to: a rollout in shadow where one is planned, else in its first stage. `state` is
 * null for an agent nobody registered. The document goes into the log with every default filled in, so that a later change of
 * a default changes no rollout that is under way.
 */
export const start = (
  state: AgentState | null,
  document: RolloutDocument,
  context: { by: string; timeMs: number },
): Start => {
  const issues = [...specIssues(document.spec), ...agentIssues(state, document.spec)];
  if (state === null || state.routing === null || issues.length > 0)
    return { kind: 'refused', refusal: invalid(issues) };
  const busy = underWay(state);
  if (busy !== null)
    return {
      kind: 'refused',
      refusal: conflict(
        `rollout ${busy.id} of agent ${state.agent} is under way (${busy.state}); abort or finish it first`,
      ),
    };
  const { spec } = document;
  const sequence = state.sequence + 1;
  const run = {
    id: `${document.metadata.name}#${sequence}`,
    spec,
    stableVersion: state.routing.arms.find((arm) => arm.name === 'stable')?.version ?? '',
  };
  const inShadow = hasShadowPhase(spec);
  const stage = inShadow ? SHADOW_STAGE : 0;
  const decision: Decision = {
    agent: state.agent,
    expect: state.sequence,
    sequence,
    rollout: run.id,
    type: 'start',
    state: inShadow ? 'shadow' : 'canary',
    stage,
    reason: `rollout of ${spec.candidate} against ${run.stableVersion} ${inShadow ? 'starts in the shadow of live traffic' : 'starts in canary'}`,
    bounded: spec.policy === 'bounded',
    ...commandGrounds(context.by, context.timeMs),
    routing: stageView(state.routing, run, stage, { sequence, timeMs: context.timeMs }),
    document: JSON.stringify(inMilliseconds(document)),
  };
  return { kind: 'decide', decision };
};

/** The document as its schema reads it again: durations back in words. */
export const inMilliseconds = (document: RolloutDocument): unknown => {
  const { shadow, stages, deadline } = document.spec;
  const words = (ms: number): string => `${ms}ms`;
  return {
    ...document,
    spec: {
      ...document.spec,
      stages: stages.map((stage) => ({ ...stage, duration: words(stage.duration) })),
      deadline: words(deadline),
      ...(shadow === undefined ? {} : { shadow: { ...shadow, duration: words(shadow.duration) } }),
    },
  };
};

const agentIssues = (state: AgentState | null, spec: RolloutDocument['spec']): Issue[] => {
  if (state === null || state.routing === null)
    return [{ path: 'spec.agent', reason: `agent ${spec.agent} is not registered; apply its Agent document first` }];
  const labels = state.routing.versions.map((version) => version.label);
  if (!labels.includes(spec.candidate))
    return [
      {
        path: 'spec.candidate',
        reason: `agent ${spec.agent} has no version ${spec.candidate} (it has ${labels.join(', ')}); add it to the Agent document`,
      },
    ];
  if (underWay(state) !== null) return [];
  const stable = state.routing.arms.find((arm) => arm.name === 'stable')?.version;
  return stable === spec.candidate
    ? [{ path: 'spec.candidate', reason: `${spec.candidate} is the stable version already` }]
    : [];
};

const specIssues = (spec: RolloutDocument['spec']): Issue[] => [
  ...(spec.strategy === 'shadow' && !hasShadowPhase(spec)
    ? [{ path: 'spec.shadow', reason: 'strategy `shadow` needs spec.shadow and no skipShadow' }]
    : []),
  ...(spec.policy === 'bounded' && spec.thresholds.length > 0
    ? [{ path: 'spec.thresholds', reason: 'plain thresholds bound no error and act only under `policy: thresholds`' }]
    : []),
  ...spec.thresholds.flatMap((threshold, i) => thresholdIssues(threshold, i)),
  ...(spec.metrics ?? []).flatMap(({ name }, i) => {
    const path = `spec.metrics.${i}.name`;
    if (metricOf(name).family === 'count') return [{ path, reason: `${name} is a count; no rule judges counts` }];
    const isRepeated = spec.metrics?.findIndex((metric) => metric.name === name) !== i;
    return isRepeated ? [{ path, reason: `${name} is named twice` }] : [];
  }),
];

const thresholdIssues = (threshold: RolloutDocument['spec']['thresholds'][number], i: number): Issue[] => {
  const { metric, ...limits } = threshold;
  const given = Object.values(limits).filter((limit) => limit !== undefined);
  const path = `spec.thresholds.${i}`;
  if (given.length === 0)
    return [
      { path, reason: 'needs at least one of maxAbsolute, maxRelativeIncrease, minAbsolute, maxRelativeDecrease' },
    ];
  if (given.some((limit) => limit < 0)) return [{ path, reason: 'a limit must not be negative' }];
  if (KNOWN_METRICS.includes(metric) && metricOf(metric).family === 'count')
    return [{ path: `${path}.metric`, reason: `${metric} is a count; no threshold applies` }];
  return [];
};
