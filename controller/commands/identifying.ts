import pLimit from 'p-limit';
import type { Clock } from '../../platform/process/clock.ts';
import type { Issue } from '../../schemas/problem.ts';
import type { Document } from '../../schemas/documents.ts';
import type { IdentitySpec, ReportedIdentity } from '../../schemas/reported-identity.ts';
import { versionContent, versionId } from '../../schemas/version-content.ts';
import type { VersionSpec } from '../../schemas/version-spec.ts';
import {
  type IdentityAnswer,
  type IdentityCall,
  identityNote,
  isIdentityOf,
  nextIdentity,
  readIdentity,
} from '../registry/identity.ts';
import type { RegistryContent } from '../registry/registry-fold.ts';
import type { RegistryEntry } from '../../schemas/registry-entry.ts';
import { registryEntry } from '../follow-registry.ts';
import { issueAt } from './plan-document.ts';

/** Never rejects: that nobody says which version they are is an answer. */
export type AskIdentity = (call: IdentityCall, signal: AbortSignal) => Promise<IdentityAnswer>;

/** What upstreams said, by `agent/label`. */
export type Identified = ReadonlyMap<string, ReportedIdentity>;

/**
 * Asks the upstreams of documents' versions which version they are, those alone that a document gives an `identity`. Issues where one is
 * another than is registered and its document says that it is refused then. Who calls this may choose addresses: an admin.
 */
export type Identify = (
  documents: readonly Document[],
  by: string,
  signal: AbortSignal,
) => Promise<{ issues: Issue[]; identified: Identified }>;

const ASKED_AT_ONCE = 16;

type Asked = { agent: string; spec: VersionSpec; identity: IdentitySpec; at: Issue };

const askedOf = (documents: readonly Document[]): Asked[] =>
  documents.flatMap((document, i) =>
    document.kind !== 'Agent'
      ? []
      : document.spec.versions.flatMap((spec, j) => {
          const at = issueAt({ path: `spec.versions.${j}.identity`, reason: '' }, i, documents.length);
          return spec.identity === undefined
            ? []
            : [{ agent: document.metadata.name, spec, identity: spec.identity, at }];
        }),
  );

export const createIdentify = (ask: AskIdentity, clock: Clock): Identify => {
  const identifyOne = async (
    { agent, spec, identity }: Asked,
    by: string,
    signal: AbortSignal,
  ): Promise<ReportedIdentity> => {
    const { label, code, upstream } = spec;
    const answer = await ask({ url: identity.url ?? upstream, version: label }, signal);
    const read = readIdentity(answer, identity);
    const made = { label, code, id: versionId(versionContent(spec)) };
    const matches = read.identity !== null && isIdentityOf(read.identity, made, identity);
    return { agent, label, ...read, matches, atMs: clock.nowMs(), by, earlier: [] };
  };

  return async (documents, by, signal) => {
    const inTurn = pLimit(ASKED_AT_ONCE);
    const found = await Promise.all(
      askedOf(documents).map((asked) =>
        inTurn(async () => ({ asked, reported: await identifyOne(asked, by, signal) })),
      ),
    );
    const issues = found.flatMap(({ asked: { identity, at }, reported }) =>
      identity.refuse && !reported.matches ? [{ ...at, reason: identityNote(reported) }] : [],
    );
    return {
      issues,
      identified: new Map(found.map(({ reported }) => [`${reported.agent}/${reported.label}`, reported])),
    };
  };
};

/** What the registry does not know yet of what upstreams said. */
export const identityEntries = (
  said: readonly ReportedIdentity[],
  content: RegistryContent,
  by: string,
  timeMs: number,
): RegistryEntry[] =>
  said.flatMap((now) => {
    const next = nextIdentity(content.find('Identity', `${now.agent}/${now.label}`), now);
    return next === null ? [] : [registryEntry('Identity', next, by, timeMs)];
  });
