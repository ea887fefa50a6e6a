import type { Issue } from '../../schemas/problem.ts';
import type { AgentDocument } from '../../schemas/documents.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { differingParts, type VersionContent, versionContent } from '../../schemas/version-content.ts';
import { nextFreeLabel } from './next-label.ts';

/** What a label stands for already. The content isn't known of what was applied before there was a registry. */
export type KnownVersion = { id: string; content?: VersionContent };

const differenceOf = (known: KnownVersion, id: string, given: VersionContent): string =>
  known.content === undefined
    ? `${known.id.slice(0, 12)}…, now ${id.slice(0, 12)}…`
    : `another ${differingParts(known.content, given).join(', another ')}`;

/**
 * Versions of a document whose label stands for another content, each with the next label that nobody has. `ids` are those of the
 * document's versions, in its order.
 */
export const takenLabelIssues = (
  { spec: { versions } }: AgentDocument,
  ids: readonly string[],
  find: (label: string) => KnownVersion | undefined,
): Issue[] => {
  const given = new Set(versions.map(({ label }) => label));
  return versions.flatMap((version, i) => {
    const { label } = version;
    const known = find(label);
    const id = ids[i] ?? '';
    if (known === undefined || known.id === id) return [];
    const next = nextFreeLabel(label, (one) => given.has(one) || find(one) !== undefined);
    const difference = differenceOf(known, id, versionContent(version));
    return [
      {
        path: `spec.versions.${i}.label`,
        reason: `${label} is registered with another content (${difference}); versions are immutable: create ${next}`,
      },
    ];
  });
};

/** Content address of a version: of what it is made of, not of where it runs or what it costs. */
export type VersionId = (content: VersionContent) => string;

/**
 * What the routing has under a label. Ids of before `upstreamModel` was a part of them say the same where the upstream gets that
 * model as before: they are taken for the id that the document has now.
 */
export const routedVersion = (
  routing: RoutingView | null,
  { spec: { versions } }: AgentDocument,
  label: string,
  versionId: VersionId,
): KnownVersion | undefined => {
  const known = routing?.versions.find((version) => version.label === label);
  const given = versions.find((version) => version.label === label);
  if (known === undefined || given === undefined || known.upstreamModel !== given.upstreamModel) return known;
  return known.id === versionId({ ...given }) ? { id: versionId(versionContent(given)) } : known;
};
