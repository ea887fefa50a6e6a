import type { Issue } from '../../schemas/problem.ts';
import type { AgentDocument } from '../../schemas/documents.ts';
import type { RegisteredVersion } from '../../schemas/registered-version.ts';
import { MAX_VERSIONS } from '../../schemas/servable-view.ts';
import { versionContent, versionId } from '../../schemas/version-content.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { nextFreeLabel } from './next-label.ts';
import type { RegistryContent } from './registry-fold.ts';
import { type KnownVersion, routedVersion, takenLabelIssues } from './taken-labels.ts';

/** Of everything that is registered of one agent: it is held in memory. */
const MAX_AGENT_CHARACTERS = 32 * 1_024 * 1_024;

export type Registering = {
  by: string;
  timeMs: number;
  registry: RegistryContent;
  /** Null for an agent that nobody has applied. */
  state: AgentState | null;
};

/** Why no more is registered of an agent; null while there is room. */
export const whyFull = (registry: RegistryContent, agent: string): string | null =>
  registry.characters(agent) < MAX_AGENT_CHARACTERS
    ? null
    : `of agent ${agent} as much is registered as may be (${MAX_AGENT_CHARACTERS / 1_024 / 1_024} MiB)`;

const stableOf = (state: AgentState | null): string | undefined =>
  state?.routing?.arms.find(({ name }) => name === 'stable')?.version;

/** What is to be registered, and what speaks against it. `added`: those of `all` that are not there yet. */
export type PlannedVersions = { issues: Issue[]; all: RegisteredVersion[]; added: RegisteredVersion[] };

/** What registering the versions of a document leads to. */
export const planVersions = (
  document: AgentDocument,
  { by, timeMs, registry, state }: Registering,
): PlannedVersions => {
  const agent = document.metadata.name;
  const { versions, stable } = document.spec;
  const registered = (label: string): RegisteredVersion | undefined => registry.find('Version', `${agent}/${label}`);
  const routed = (label: string): KnownVersion | undefined =>
    routedVersion(state?.routing ?? null, document, label, versionId);
  const inService = stableOf(state) ?? stable;
  const isKnown = (label: string): boolean =>
    registered(label) !== undefined || routed(label) !== undefined || versions.some((one) => one.label === label);
  const all = versions.map((spec): RegisteredVersion => {
    const content = versionContent(spec);
    const parent = spec.parent ?? (inService === spec.label || !isKnown(inService) ? null : inService);
    const made = { createdBy: by, createdAtMs: timeMs };
    return { agent, label: spec.label, id: versionId(content), content, parent, ...made };
  });
  const added = all.filter(({ label }) => registered(label) === undefined);
  const orphans = versions.flatMap(({ label, parent }, i) => {
    const path = `spec.versions.${i}.parent`;
    if (parent === label) return [{ path, reason: 'is the version itself' }];
    return parent === undefined || isKnown(parent) ? [] : [{ path, reason: `there is no version ${parent}` }];
  });
  const ids = all.map(({ id }) => id);
  const issues = [
    ...takenLabelIssues(document, ids, (label) => registered(label) ?? routed(label)),
    ...orphans,
    ...roomIssues('spec.versions', registry, agent, added.length),
  ];
  return { issues, all, added };
};

const roomIssues = (path: string, registry: RegistryContent, agent: string, more: number): Issue[] => {
  const count = registry.all('Version', agent).length + more;
  const full =
    count > MAX_VERSIONS ? `agent ${agent} would have more than ${MAX_VERSIONS} versions` : whyFull(registry, agent);
  return more === 0 || full === null ? [] : [{ path, reason: full }];
};

/** What giving the content of a registered version one more label leads to. */
export const planLabel = (
  source: RegisteredVersion,
  label: string,
  { by, timeMs, registry, state }: Registering,
): PlannedVersions => {
  const { agent, id } = source;
  const known = (one: string): KnownVersion | undefined =>
    registry.find('Version', `${agent}/${one}`) ?? state?.routing?.versions.find((version) => version.label === one);
  const held = known(label);
  const version = { ...source, label, createdBy: by, createdAtMs: timeMs };
  if (held?.id === id) return { issues: [], all: [version], added: [] };
  const next = nextFreeLabel(label, (one) => known(one) !== undefined);
  const taken = { path: 'label', reason: `${label} stands for another content, and labels do not move: take ${next}` };
  const issues = held === undefined ? roomIssues('label', registry, agent, 1) : [taken];
  return { issues, all: [version], added: issues.length > 0 ? [] : [version] };
};

/**
 * Versions that don't say which code they are, so that no answer can be traced to it. One of `without` says nothing and may be applied again: a log
 * of before it had to has such versions.
 */
export const codeIssues = (
  { spec: { versions } }: AgentDocument,
  without: (label: string) => boolean = () => false,
): Issue[] =>
  versions.flatMap(({ label, code }, i) =>
    code.trim() === '' && !without(label)
      ? [
          {
            path: `spec.versions.${i}.code`,
            reason:
              'a version says which code it is: in a file { git: true }, { folder: … } or { image: …@sha256:… }, or a text such as git:<commit>',
          },
        ]
      : [],
  );
