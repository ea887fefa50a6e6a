import type { Issue } from '../../schemas/problem.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type CanarySpec, type RolloutDocument, STABLE_ARM, type ThresholdSpec } from '../../schemas/documents.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { commandGrounds, nextDecision } from '../rollout/build-decision.ts';
import { withDefaults } from '../rollout/document-content.ts';
import { conflict, invalid, type Refusal } from './refusal.ts';
import { limitIssues } from '../rollout/limits.ts';
import { stageView } from '../rollout/routing.ts';
import { viewIssues } from './view-issues.ts';
import {
  BEFORE_STAGES,
  candidateOf,
  firstStage,
  GATE_STAGE,
  hasShadowPhase,
  isBounded,
  isCanary,
  promotionOf,
  type RolloutSpec,
  thresholdsOf,
  workingState,
} from '../rollout/strategy.ts';
import { whyUnjudged } from '../rules/table.ts';

export type Start = { kind: 'refused'; refusal: Refusal } | { kind: 'decide'; decision: Decision };

/**
 * What applying a Rollout document leads to: a rollout in shadow or smoke where one is planned, else in its first stage. `state` is
 * null for an agent nobody registered. The document goes into the log with its defaults filled in, so that a later change of
 * a default changes no rollout that is under way (but for the metrics of one that names none).
 */
export const start = (
  state: AgentState | null,
  document: RolloutDocument,
  context: { by: string; timeMs: number },
): Start => {
  const issues = [...specIssues(document.spec), ...limitIssues(document.spec), ...agentIssues(state, document.spec)];
  const before = state?.routing;
  if (state === null || before == null || issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
  const busy = underWay(state);
  if (busy !== null)
    return {
      kind: 'refused',
      refusal: conflict(
        `rollout ${busy.id} of agent ${state.agent} is under way (${busy.state}); abort or finish it first${busy.name === document.metadata.name ? ', or apply this one in its place with ?restart=true' : ''}`,
      ),
    };
  const { spec } = document;
  const stableVersion = stableOf(state);
  const stage = firstStage(spec);
  const decision = nextDecision(state, commandGrounds(context.by, context.timeMs), (step) => {
    const id = `${document.metadata.name}#${step.sequence}`;
    return {
      rollout: id,
      type: 'start',
      state: workingState(spec, stage),
      stage,
      reason: reasonOf(spec, stableVersion, stage),
      bounded: isBounded(spec),
      candidate: candidateOf(spec),
      stable: stableVersion,
      routing: stageView(before, { id, spec, stableVersion }, stage, step),
      document: JSON.stringify(withDefaults(document)),
    };
  });
  const unfit = viewIssues(decision.routing);
  return unfit.length > 0 ? { kind: 'refused', refusal: invalid(unfit) } : { kind: 'decide', decision };
};

const STARTS_IN: Readonly<Record<number, string>> = {
  [GATE_STAGE]: 'with the eval gate',
  [BEFORE_STAGES]: 'in the shadow of live traffic',
};

const reasonOf = (spec: RolloutSpec, stable: string, stage: number): string => {
  switch (spec.strategy) {
    case 'ab': {
      const arms = spec.arms.map(({ name, version, weightPct }) => `${name} (${version}, ${weightPct} %)`).join(', ');
      return `experiment between ${arms} starts; stable is ${stable}`;
    }
    case 'bluegreen':
      return `rollout of ${spec.candidate} against ${stable} starts with a smoke check; no traffic moves before it has passed`;
    default:
      return `rollout of ${spec.candidate} against ${stable} starts ${STARTS_IN[stage] ?? 'in canary'}`;
  }
};

/** What is wrong with a rollout in the light of its agent. */
const agentIssues = (state: AgentState | null, spec: RolloutSpec): Issue[] => {
  if (state === null || state.routing === null)
    return [{ path: 'spec.agent', reason: `agent ${spec.agent} is not registered; apply its Agent document first` }];
  const labels = state.routing.versions.map((version) => version.label);
  const stable = underWay(state) === null ? stableOf(state) : null;
  const missing = (path: string, version: string): Issue[] =>
    labels.includes(version)
      ? []
      : [
          {
            path,
            reason: `agent ${spec.agent} has no version ${version} (it has ${labels.join(', ')}); add it to the Agent document`,
          },
        ];
  if (spec.strategy === 'ab')
    return spec.arms.flatMap(({ name, version }, i) => [
      ...missing(`spec.arms.${i}.version`, version),
      ...(name === STABLE_ARM && stable !== null && version !== stable
        ? [
            {
              path: `spec.arms.${i}.version`,
              reason: `the stable version of agent ${spec.agent} is ${stable}; give ${version} an arm of another name`,
            },
          ]
        : []),
    ]);
  return [
    ...missing('spec.candidate', spec.candidate),
    ...(stable === spec.candidate
      ? [{ path: 'spec.candidate', reason: `${spec.candidate} is the stable version already` }]
      : []),
  ];
};

const stableOf = (state: AgentState): string =>
  state.routing?.arms.find((arm) => arm.name === STABLE_ARM)?.version ?? '';

const specIssues = (spec: RolloutSpec): Issue[] => {
  const thresholds = thresholdsOf(spec).flatMap((threshold, i) => thresholdIssues(threshold, i));
  if (isCanary(spec)) return [...canaryIssues(spec), ...thresholds];
  return [...thresholds, ...thresholdsOf(spec).flatMap((threshold, i) => relativeIssues(threshold, i))];
};

const canaryIssues = (spec: CanarySpec): Issue[] => [
  ...(spec.strategy === 'shadow' && !hasShadowPhase(spec)
    ? [{ path: 'spec.shadow', reason: 'strategy `shadow` needs spec.shadow and no skipShadow' }]
    : []),
  ...(spec.policy === 'bounded' && spec.thresholds.length > 0
    ? [{ path: 'spec.thresholds', reason: 'plain thresholds bound no error and act only under `policy: thresholds`' }]
    : []),
  ...(promotionOf(spec) !== 'timer' && spec.metrics?.every(({ promotes }) => !promotes)
    ? [
        {
          path: 'spec.metrics',
          reason: `nothing could be proven: \`promotion: ${promotionOf(spec)}\` needs a metric that promotes`,
        },
      ]
    : []),
  ...(spec.metrics ?? []).flatMap(({ name }, i) => {
    const path = `spec.metrics.${i}.name`;
    const unjudged = whyUnjudged(metricOrRubric(name));
    if (unjudged !== null) return [{ path, reason: `${name} ${unjudged.reason}` }];
    const isRepeated = spec.metrics?.findIndex((metric) => metric.name === name) !== i;
    return isRepeated ? [{ path, reason: `${name} is named twice` }] : [];
  }),
];

const relativeIssues = (threshold: ThresholdSpec, i: number): Issue[] =>
  (['maxRelativeIncrease', 'maxRelativeDecrease'] as const).flatMap((limit) =>
    threshold[limit] === undefined
      ? []
      : [
          {
            path: `spec.thresholds.${i}.${limit}`,
            reason: 'after a switch nobody is on stable to compare with; use maxAbsolute or minAbsolute',
          },
        ],
  );

const thresholdIssues = (threshold: ThresholdSpec, i: number): Issue[] => {
  const { metric, ...limits } = threshold;
  const given = Object.values(limits).filter((limit) => limit !== undefined);
  const path = `spec.thresholds.${i}`;
  if (given.length === 0)
    return [
      { path, reason: 'needs at least one of maxAbsolute, maxRelativeIncrease, minAbsolute, maxRelativeDecrease' },
    ];
  if (given.some((limit) => limit < 0)) return [{ path, reason: 'a limit must not be negative' }];
  const unjudged = whyUnjudged(metricOrRubric(metric));
  return unjudged === null
    ? []
    : [{ path: `${path}.metric`, reason: `${metric} is ${unjudged.noun}; no threshold applies` }];
};
