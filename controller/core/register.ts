import type { Decision } from '../../schemas/decision.ts';
import type { AgentDocument, VersionSpec } from '../../schemas/documents.ts';
import type { RoutingView, Version } from '../../schemas/routing-view.ts';
import { type AgentState, underWay } from './agent-log.ts';
import { commandGrounds } from './build-decision.ts';
import { conflict, invalid, type Issue, type Refusal } from './refusal.ts';
import { firstView } from './routing.ts';

export type Registration =
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'unchanged' }
  | { kind: 'decide'; decision: Decision };

/** Content address of a version: of what it is made of, not of where it runs or what it costs. */
export type VersionId = (version: Pick<VersionSpec, 'code' | 'prompt' | 'model' | 'dependencies'>) => string;

/**
 * What applying an Agent document leads to. The first one sends all traffic to `spec.stable`; after that the field no longer
 * counts, so that applying the same document again undoes no promotion: stable moves by rollouts and by set-stable.ts.
 * Versions are immutable and never go away: a later document may add some, and may move one to another address or price,
 * but a label can't get another content.
 */
export const register = (
  state: AgentState,
  document: AgentDocument,
  versionId: VersionId,
  context: { by: string; timeMs: number },
): Registration => {
  const given = document.spec.versions.map((spec) => toVersion(spec, versionId));
  const issues = given.flatMap((version, i) => contentIssue(state.routing, version, i));
  if (issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
  const step = { sequence: state.sequence + 1, timeMs: context.timeMs };
  const slices = document.spec.slices;
  const routing =
    state.routing === null
      ? firstView(state.agent, document.spec.stable, given, slices, step)
      : updated(state.routing, given, slices, step);
  if (state.routing !== null && sameBut(state.routing, routing)) return { kind: 'unchanged' };
  const run = underWay(state);
  if (run !== null)
    return {
      kind: 'refused',
      refusal: conflict(
        `rollout ${run.id} of agent ${state.agent} is under way; versions, addresses and slices can change once it is over`,
      ),
    };
  const decision: Decision = {
    agent: state.agent,
    expect: state.sequence,
    sequence: step.sequence,
    rollout: '',
    type: 'register',
    state: null,
    stage: 0,
    reason: `agent applied with versions ${routing.versions.map((version) => version.label).join(', ')}`,
    bounded: true,
    ...commandGrounds(context.by, context.timeMs),
    routing,
    document: JSON.stringify(document),
  };
  return { kind: 'decide', decision };
};

const toVersion = (spec: VersionSpec, versionId: VersionId): Version => ({
  label: spec.label,
  id: versionId(spec),
  upstream: spec.upstream,
  promptUsdPerMillion: spec.promptUsdPerMillion,
  completionUsdPerMillion: spec.completionUsdPerMillion,
  upstreamModel: spec.upstreamModel,
});

const contentIssue = (routing: RoutingView | null, version: Version, i: number): Issue[] => {
  const known = routing?.versions.find((v) => v.label === version.label);
  return known === undefined || known.id === version.id
    ? []
    : [
        {
          path: `spec.versions.${i}.label`,
          reason: `${version.label} is registered with another content (${known.id.slice(0, 12)}…, now ${version.id.slice(0, 12)}…); versions are immutable, give it a new label`,
        },
      ];
};

const updated = (
  routing: RoutingView,
  given: readonly Version[],
  slices: RoutingView['slices'],
  step: { sequence: number; timeMs: number },
): RoutingView => {
  const labels = new Set(given.map((version) => version.label));
  const versions = [...routing.versions.filter((version) => !labels.has(version.label)), ...given].sort((a, b) =>
    a.label < b.label ? -1 : 1,
  );
  const upstreamOf = new Map(versions.map((version) => [version.label, version.upstream]));
  return {
    ...routing,
    sequence: step.sequence,
    issuedAt: step.timeMs,
    versions,
    arms: routing.arms.map((arm) => ({ ...arm, upstream: upstreamOf.get(arm.version) ?? arm.upstream })),
    slices,
  };
};

const sameBut = (a: RoutingView, b: RoutingView): boolean => {
  const rest = (view: RoutingView): string =>
    JSON.stringify([
      [...view.versions]
        .sort((x, y) => (x.label < y.label ? -1 : 1))
        .map((v) => [v.label, v.id, v.upstream, v.promptUsdPerMillion, v.completionUsdPerMillion, v.upstreamModel]),
      view.slices.map((slice) => [slice.label, slice.values]),
    ]);
  return rest(a) === rest(b);
};
