import type { RegisteredVersion } from '../../schemas/registered-version.ts';
import type { Lineage, VersionSummary, VersionView } from '../../schemas/registry-views.ts';
import type { Version } from '../../schemas/routing-view.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import type { RegistryContent } from './registry-fold.ts';

/** What is known of one agent. `state` is null where nobody has applied it. */
export type VersionSources = {
  agent: string;
  state: AgentState | null;
  registry: RegistryContent;
  lineage: (label: string) => Lineage;
};

/** So much of an id names a version. */
const MIN_ID_CHARACTERS = 8;

type Found = { label: string; id: string; registered: RegisteredVersion | null; routed: Version | null };

/** All versions, those that were applied before there was a registry first, then in the order in which they were made. */
export const foundVersions = ({ agent, state, registry }: Omit<VersionSources, 'lineage'>): Found[] => {
  const routed = new Map(state?.routing?.versions.map((version) => [version.label, version]));
  const registered = registry
    .all('Version', agent)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.label < b.label ? -1 : 1));
  const labels = new Set(registered.map(({ label }) => label));
  const older = [...routed.values()].filter(({ label }) => !labels.has(label));
  return [
    ...older.map((version) => ({ label: version.label, id: version.id, registered: null, routed: version })),
    ...registered.map((version) => ({
      label: version.label,
      id: version.id,
      registered: version,
      routed: routed.get(version.label) ?? null,
    })),
  ];
};

/** A version by label, by id or by the beginning of that; undefined where there is none, or more than one content. */
export const findVersion = (sources: Omit<VersionSources, 'lineage'>, which: string): Found | undefined => {
  const versions = foundVersions(sources);
  const named = versions.find(({ label }) => label === which);
  if (named !== undefined || which.length < MIN_ID_CHARACTERS) return named;
  const same = versions.filter(({ id }) => id.startsWith(which));
  return new Set(same.map(({ id }) => id)).size === 1
    ? (same.find(({ routed }) => routed !== null) ?? same[0])
    : undefined;
};

const stableOf = (state: AgentState | null): string | undefined =>
  (state === null ? null : underWay(state))?.stableVersion ??
  state?.routing?.arms.find(({ name }) => name === 'stable')?.version;

const summaryOf = (sources: VersionSources, { label, id, registered, routed }: Found): VersionSummary => {
  const { agent, state, registry } = sources;
  const lineage = sources.lineage(label);
  const run = state === null ? null : underWay(state);
  const isStable = stableOf(state) === label;
  const takesPart = lineage.rollouts.some(({ rollout }) => rollout === run?.id);
  const reported = registry.find('Identity', `${agent}/${label}`);
  const gate = lineage.gates.at(-1);
  return {
    agent,
    label,
    id,
    code: registered?.content.code ?? null,
    parent: registered?.parent ?? null,
    createdBy: registered?.createdBy ?? null,
    createdAtMs: registered?.createdAtMs ?? null,
    upstream: routed?.upstream ?? null,
    isStable,
    rollout: run !== null && takesPart && !isStable ? run.id : null,
    gate: gate === undefined ? null : { name: gate.name, verdict: gate.verdict, atMs: gate.atMs },
    reported:
      reported === undefined
        ? null
        : { identity: reported.identity, reason: reported.reason, matches: reported.matches, atMs: reported.atMs },
  };
};

export const versionSummaries = (sources: VersionSources): VersionSummary[] =>
  foundVersions(sources).map((found) => summaryOf(sources, found));

export const versionView = (sources: VersionSources, which: string): VersionView | undefined => {
  const found = findVersion(sources, which);
  if (found === undefined) return undefined;
  const others = foundVersions(sources).filter(({ label }) => label !== found.label);
  return {
    ...summaryOf(sources, found),
    content: found.registered?.content ?? null,
    sameContent: others.filter(({ id }) => id === found.id).map(({ label }) => label),
    children: others.filter(({ registered }) => registered?.parent === found.label).map(({ label }) => label),
    earlierReported: sources.registry.find('Identity', `${sources.agent}/${found.label}`)?.earlier ?? [],
    ...sources.lineage(found.label),
  };
};
