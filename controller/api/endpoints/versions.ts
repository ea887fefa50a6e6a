import { noAgent, unknown } from '../../commands/refusal.ts';
import { type VersionSources, versionSummaries, versionView } from '../../registry/version-view.ts';
import type { Controller } from '../../service.ts';
import type { Person } from '../../commands/person.ts';
import { type Handler, inPage, inResponse } from './handler.ts';

/** What is known of an agent's versions; null where there is no such agent for whoever asks. */
const sourcesOf = (controller: Controller, agent: string, { sees }: Person): VersionSources | null => {
  if (!sees(agent)) return null;
  const [state = null] = controller.agents((name) => name === agent);
  const { registry } = controller;
  if (state === null && !registry.agents().includes(agent)) return null;
  return { agent, state, registry, lineage: (label) => controller.lineage(agent, label) };
};

export const createVersions: Handler<'createVersions'> = (controller, { query, body }, { person, signal }) =>
  inResponse(controller.createVersions(body, query.label, person, signal), (versions) => ({ versions }));

export const listVersions: Handler<'listVersions'> = async (controller, { query }, { person }) => {
  const known = [...controller.agents(person.sees).map(({ agent }) => agent), ...controller.registry.agents()];
  const asked = query.agent === undefined ? [...new Set(known)].sort() : [query.agent];
  const sources = asked.flatMap((agent) => sourcesOf(controller, agent, person) ?? []);
  if (query.agent !== undefined && sources.length === 0) return { refusal: noAgent(query.agent) };
  return inPage(
    {
      list: 'versions',
      entries: sources.flatMap(versionSummaries),
      positionOf: ({ agent, createdAtMs, label }) => [agent, createdAtMs ?? -1, label],
    },
    query,
    (versions) => ({ versions }),
  );
};

export const getVersion: Handler<'getVersion'> = async (controller, { params }, { person }) => {
  const { agent, version } = params;
  const sources = sourcesOf(controller, agent, person);
  if (sources === null) return { refusal: noAgent(agent) };
  const view = versionView(sources, version);
  return view === undefined ? { refusal: unknown(`agent ${agent} has no version ${version}`) } : { ok: view };
};

export const labelVersion: Handler<'labelVersion'> = (controller, asked, { person, signal }) =>
  controller.labelVersion(asked, person, signal);
