import type { Clock } from '../../platform/process/clock.ts';
import type { RequestAt } from '../../schemas/controller-api.ts';
import type { Issue } from '../../schemas/problem.ts';
import type { AgentDocument, Document } from '../../schemas/documents.ts';
import type { RegisteredVersion } from '../../schemas/registered-version.ts';
import type { RegistryEntry } from '../../schemas/registry-entry.ts';
import type { CreatedVersion } from '../../schemas/registry-views.ts';
import { type Registry, registryEntry } from '../follow-registry.ts';
import type { Ledger } from '../ledger.ts';
import { identityNote } from '../registry/identity.ts';
import { codeIssues, planLabel, planVersions, type PlannedVersions } from '../registry/plan-versions.ts';
import { findVersion } from '../registry/version-view.ts';
import { type Identified, type Identify, identityEntries } from './identifying.ts';
import { whyNotRegister } from './may-register.ts';
import type { Person } from './person.ts';
import { issueAt } from './plan-document.ts';
import type { ReadDocuments } from '../../schemas/read-documents.ts';
import { type Answer, invalid, noAgent, type Refusal, unavailable, unknown } from './refusal.ts';

export type RegisteringDeps = {
  ledger: Pick<Ledger, 'agents' | 'isRead'>;
  registry: Registry;
  readDocuments: (text: string) => Promise<ReadDocuments>;
  identify: Identify;
  clock: Clock;
};

/** What people may register of versions. Each is a record of the registry's topic, read back before it is answered. */
export type RegisteringVersions = {
  createVersions(
    text: string,
    label: string | undefined,
    person: Person,
    signal: AbortSignal,
  ): Promise<Answer<CreatedVersion[]>>;
  labelVersion(asked: RequestAt<'labelVersion'>, person: Person, signal: AbortSignal): Promise<Answer<CreatedVersion>>;
  /**
   * What a document that is applied brings, and what its upstreams said. Whether its labels were free is told by the next plan.
   * Answers in words which upstreams say that they are another version.
   */
  registerVersions(document: AgentDocument, identified: Identified, by: string, signal: AbortSignal): Promise<string>;
};

export const STARTING = unavailable('the decision log and the registry are not read yet; try again in a moment');

const NOBODY_ASKED: Awaited<ReturnType<Identify>> = { issues: [], identified: new Map() };

const NOT_OF_AGENTS: Issue = { path: 'kind', reason: 'only versions of Agent documents can be registered' };

/** The documents with that label alone; those that lack it are left out. */
const withLabel = (documents: readonly AgentDocument[], label: string | undefined): AgentDocument[] =>
  label === undefined
    ? [...documents]
    : documents.flatMap((document) => {
        const versions = document.spec.versions.filter((version) => version.label === label);
        return versions.length === 0 ? [] : [{ ...document, spec: { ...document.spec, versions } }];
      });

const isAgent = (document: Document): document is AgentDocument => document.kind === 'Agent';

export const createRegisteringVersions = (deps: RegisteringDeps): RegisteringVersions => {
  const { ledger, registry, readDocuments, identify, clock } = deps;
  const { content } = registry;

  const planOf = (document: AgentDocument, by: string): PlannedVersions => {
    const state = ledger.agents.get(document.metadata.name) ?? null;
    return planVersions(document, { by, timeMs: clock.nowMs(), registry: content, state });
  };
  const versionEntries = (versions: readonly RegisteredVersion[], by: string): RegistryEntry[] =>
    versions.map((version) => registryEntry('Version', version, by, clock.nowMs()));
  const registerVersions: RegisteringVersions['registerVersions'] = async (document, identified, by, signal) => {
    const reported = [...identified.values()].filter(({ agent }) => agent === document.metadata.name);
    const identities = identityEntries(reported, content, by, clock.nowMs());
    await registry.write([...versionEntries(planOf(document, by).added, by), ...identities], signal);
    return reported
      .map(identityNote)
      .filter((note) => note !== '')
      .join('; ');
  };

  const createOf = async (
    document: AgentDocument,
    identified: Identified,
    by: string,
    signal: AbortSignal,
  ): Promise<Answer<CreatedVersion[]>> => {
    const added = new Set(planOf(document, by).added.map(({ label }) => label));
    await registerVersions(document, identified, by, signal);
    const { issues, all } = planOf(document, by);
    if (issues.length > 0) return { refusal: invalid(issues) };
    const created = all.map(({ agent, label, id }): CreatedVersion => {
      const reported = identified.get(`${agent}/${label}`);
      const parent = content.find('Version', `${agent}/${label}`)?.parent ?? null;
      const note = reported === undefined ? '' : identityNote(reported);
      return { agent, label, id, parent, result: added.has(label) ? 'created' : 'unchanged', note };
    });
    return { ok: created };
  };

  /** What speaks against registering any of them, before anything is written. */
  const whyNone = (documents: readonly AgentDocument[], person: Person): Refusal | null => {
    for (const { metadata } of documents) {
      const refusal = whyNotRegister(metadata.name, person, ledger.agents);
      if (refusal !== null) return refusal;
    }
    const issues = documents.flatMap((document, i) => {
      const own = [...codeIssues(document), ...planOf(document, person.by).issues];
      return own.map((issue) => issueAt(issue, i, documents.length));
    });
    return issues.length === 0 ? null : invalid(issues);
  };

  return {
    registerVersions,

    createVersions: async (text, label, person, signal) => {
      const read = await readDocuments(text);
      if ('issues' in read) return { refusal: invalid(read.issues) };
      if (!read.documents.every(isAgent)) return { refusal: invalid([NOT_OF_AGENTS]) };
      if (!ledger.isRead() || !registry.isRead()) return { refusal: STARTING };
      const documents = withLabel(read.documents, label);
      if (documents.length === 0)
        return { refusal: invalid([{ path: 'label', reason: `no document has a version ${label}` }]) };
      const refusal = whyNone(documents, person);
      if (refusal !== null) return { refusal };
      // An upstream is asked by the controller, and only an admin chooses whom that calls.
      const asked = person.may('admin') ? await identify(documents, person.by, signal) : NOBODY_ASKED;
      if (asked.issues.length > 0) return { refusal: invalid(asked.issues) };
      const created: CreatedVersion[] = [];
      for (const document of documents) {
        const answer = await createOf(document, asked.identified, person.by, signal);
        if ('refusal' in answer) return answer;
        created.push(...answer.ok);
      }
      return { ok: created };
    },

    labelVersion: async ({ params: { agent, version }, body: { label } }, person, signal) => {
      if (!ledger.isRead() || !registry.isRead()) return { refusal: STARTING };
      if (!person.sees(agent)) return { refusal: noAgent(agent) };
      const sources = { agent, state: ledger.agents.get(agent) ?? null, registry: content };
      const source = findVersion(sources, version)?.registered;
      if (source == null) return { refusal: unknown(`agent ${agent} has no version ${version} in the registry`) };
      const plan = () => planLabel(source, label, { ...sources, by: person.by, timeMs: clock.nowMs() });
      const planned = plan();
      if (planned.issues.length > 0) return { refusal: invalid(planned.issues) };
      await registry.write(versionEntries(planned.added, person.by), signal);
      const { issues } = plan();
      if (issues.length > 0) return { refusal: invalid(issues) };
      const result = planned.added.length > 0 ? 'created' : 'unchanged';
      return { ok: { agent, label, id: source.id, parent: source.parent, result, note: '' } };
    },
  };
};
