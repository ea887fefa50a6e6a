import { z } from 'zod';
import type { Issue } from '../../schemas/problem.ts';
import type { Decision } from '../../schemas/decision.ts';
import { AgentDocument } from '../../schemas/documents.ts';
import { FALLBACK_ON } from '../../schemas/fallback-on.ts';
import { registeredMetric } from '../../schemas/metrics.ts';
import { ownMetric } from '../../schemas/own-metric.ts';
import type { RoutingView, Version } from '../../schemas/routing-view.ts';
import { versionContent } from '../../schemas/version-content.ts';
import type { VersionSpec } from '../../schemas/version-spec.ts';
import { routedVersion, takenLabelIssues, type VersionId } from '../registry/taken-labels.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { commandGrounds, decisionBeside } from '../rollout/build-decision.ts';
import { scrapedGaugesOf } from '../watching/scraped-gauges.ts';
import { goalEventOf } from './goal-event.ts';
import { conflict, invalid, type Refusal } from './refusal.ts';
import { type AgentRules, firstView } from '../rollout/routing.ts';
import { viewIssues } from './view-issues.ts';

export type Registration =
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'unchanged' }
  | { kind: 'decide'; decision: Decision };

/**
 * What applying an Agent document leads to. The first one sends all traffic to `spec.stable`; after that the field no longer
 * counts, so that applying the same document again undoes no promotion: stable moves by rollouts and by set-stable.ts.
 * Versions are immutable and never go away: a later document may add some, and may move one to another address or price,
 * but a label can't get another content. While a rollout is under way only flags, fallbacks, events, gauges and how the agent's own
 * protocol is read may change: the rollout's stage and salt stay and its arms are drawn as before, so that its evidence goes on under the
 * new routing sequence.
 */
export const register = (
  state: AgentState,
  document: AgentDocument,
  versionId: VersionId,
  context: { by: string; timeMs: number },
): Registration => {
  const given = document.spec.versions.map((spec) => toVersion(spec, versionId));
  const issues = [
    ...takenLabelIssues(
      document,
      given.map(({ id }) => id),
      (label) => routedVersion(state.routing, document, label, versionId),
    ),
    ...ruleIssues(state.routing, document.spec),
    ...metricIssues(document.spec),
  ];
  if (issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
  const step = { sequence: state.sequence + 1, timeMs: context.timeMs };
  const { slices, flags, fallbacks, fallbackOn, shadowTools, http = null, events, stable } = document.spec;
  const { stablePct: judgedPct } = document.spec.judging;
  const metrics = document.spec.metrics.map(ownMetric);
  const rules: AgentRules = { slices, flags, fallbacks, fallbackOn, shadowTools, http, judgedPct, metrics, events };
  const routing =
    state.routing === null
      ? firstView(state.agent, stable, given, rules, step)
      : updated(state.routing, given, rules, step);
  const unfit = viewIssues(routing);
  if (unfit.length > 0) return { kind: 'refused', refusal: invalid(unfit) };
  const sameVersions = state.routing !== null && versionsText(state.routing) === versionsText(routing);
  const sameRules = state.routing !== null && rulesText(state.routing) === rulesText(routing);
  const sameGauges = JSON.stringify(scrapedGaugesOf(state)) === JSON.stringify(document.spec.gauges);
  if (sameVersions && sameRules && sameGauges) return { kind: 'unchanged' };
  const run = underWay(state);
  if (run !== null && !sameVersions)
    return {
      kind: 'refused',
      refusal: conflict(
        `rollout ${run.id} of agent ${state.agent} is under way; versions, addresses, slices and metrics can change once it is over (flags, fallbacks, events, gauges and spec.http alone can change now)`,
      ),
    };
  const goal = run === null ? null : goalEventOf(run.spec);
  if (run !== null && goal !== null && !events.some(({ name }) => name === goal))
    return {
      kind: 'refused',
      refusal: conflict(
        `${goal} is what experiment ${run.id} is about; spec.events must declare it until that is over`,
      ),
    };
  const decision = decisionBeside(state, commandGrounds(context.by, context.timeMs), () => ({
    type: 'register',
    reason: reasonOf(routing, document.spec, sameVersions),
    routing,
    document: JSON.stringify(z.encode(AgentDocument, document)),
  }));
  return { kind: 'decide', decision };
};

const toVersion = (spec: VersionSpec, versionId: VersionId): Version => ({
  label: spec.label,
  id: versionId(versionContent(spec)),
  upstream: spec.upstream,
  promptUsdPerMillion: spec.promptUsdPerMillion,
  completionUsdPerMillion: spec.completionUsdPerMillion,
  cachedPromptUsdPerMillion: spec.cachedPromptUsdPerMillion ?? null,
  upstreamModel: spec.upstreamModel,
});

const updated = (
  routing: RoutingView,
  given: readonly Version[],
  { slices, flags, fallbacks, fallbackOn, shadowTools, http, judgedPct, metrics, events }: AgentRules,
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
    flags,
    shadowTools,
    http,
    judgedPct,
    metrics,
    events,
    rules: { ...routing.rules, fallbacks, fallbackOn },
  };
};

const versionsText = (view: RoutingView): string =>
  JSON.stringify([
    [...view.versions]
      .sort((x, y) => (x.label < y.label ? -1 : 1))
      .map((v) => [
        v.label,
        v.id,
        v.upstream,
        v.promptUsdPerMillion,
        v.completionUsdPerMillion,
        v.cachedPromptUsdPerMillion,
        v.upstreamModel,
      ]),
    view.slices.map((slice) => [slice.label, slice.values]),
    view.metrics,
  ]);

/** Views are parsed by their schema wherever they come from, so that their fields stand in its order. */
const rulesText = ({ flags, rules, shadowTools, http, judgedPct, events }: RoutingView): string =>
  JSON.stringify([flags, rules.fallbacks, rules.fallbackOn, shadowTools, http, judgedPct, events]);

const isUsual = (fallbackOn: RoutingView['rules']['fallbackOn']): boolean =>
  JSON.stringify(fallbackOn) === JSON.stringify(FALLBACK_ON);

const statusesText = (fallbackOn: RoutingView['rules']['fallbackOn']): string =>
  fallbackOn.map(({ status, retryAfter }) => `${status}${retryAfter ? ' with retry-after' : ''}`).join(', ') ||
  'no 4xx';

const reasonOf = (
  { versions, flags, rules, http, judgedPct, metrics, events }: RoutingView,
  { gauges }: AgentDocument['spec'],
  rulesOnly: boolean,
): string => {
  const told = [
    ...(flags.length > 0
      ? [`flags ${flags.map(({ key, version, pct }) => `${key} (${version}, ${pct} %)`).join(', ')}`]
      : []),
    ...(rules.fallbacks.length > 0
      ? [`fallbacks ${rules.fallbacks.map((step) => step.map(({ version }) => version).join(' | ')).join(', then ')}`]
      : []),
    ...(isUsual(rules.fallbackOn) ? [] : [`fallback on ${statusesText(rules.fallbackOn)}`]),
    ...(http === null ? [] : [httpText(http)]),
    ...(judgedPct === 100 ? [] : [`${judgedPct} % of its answers judged by models outside rollouts`]),
    ...(metrics.length > 0 ? [`metrics ${metrics.map(({ name }) => name).join(', ')}`] : []),
    ...(events.length > 0 ? [`events ${events.map(({ name }) => name).join(', ')}`] : []),
    ...(gauges.length > 0 ? [`gauges ${gauges.map(({ name }) => name).join(', ')}`] : []),
  ];
  if (rulesOnly)
    return `agent applied, versions as before, with ${told.length === 0 ? 'no flags and no fallbacks' : told.join('; ')}`;
  return [`agent applied with versions ${versions.map(({ label }) => label).join(', ')}`, ...told].join('; ');
};

const httpText = ({ requestPath, answerPath, replay }: NonNullable<RoutingView['http']>): string => {
  const at = (pointer: string): string => (pointer === '' ? 'unknown' : pointer);
  const replayed = replay.length === 0 ? 'nothing' : replay.join(', ');
  return `its own protocol, with the user's text at ${at(requestPath)}, the answer's at ${at(answerPath)}, replaying ${replayed}`;
};

/** An own metric must not be taken for another one. */
const metricIssues = ({ metrics }: AgentDocument['spec']): Issue[] =>
  metrics.flatMap(({ name }, i) =>
    registeredMetric(name) === undefined
      ? []
      : [{ path: `spec.metrics.${i}.name`, reason: `${name} is a metric that there is already; take another name` }],
  );

/** A gauge, a flag or a fallback may name any version that the document brings or that was registered before. */
const ruleIssues = (routing: RoutingView | null, spec: AgentDocument['spec']): Issue[] => {
  const labels = new Set([...(routing?.versions ?? []), ...spec.versions].map(({ label }) => label));
  const missing = (path: string, version: string): Issue[] =>
    labels.has(version)
      ? []
      : [{ path, reason: `there is no version ${version} (there are ${[...labels].sort().join(', ')})` }];
  return [
    ...spec.gauges.flatMap(({ version }, i) =>
      version === undefined ? [] : missing(`spec.gauges.${i}.version`, version),
    ),
    ...spec.flags.flatMap(({ version }, i) => missing(`spec.flags.${i}.version`, version)),
    ...spec.fallbacks.flatMap((step, i) =>
      step.flatMap(({ version }, j) => missing(`spec.fallbacks.${i}.${j}.version`, version)),
    ),
  ];
};
