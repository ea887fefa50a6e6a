import type { Decision } from '../../schemas/decision.ts';
import { Document } from '../../schemas/documents.ts';
import { type GateDocument, gateWord } from '../../schemas/gate-document.ts';
import type { Lineage } from '../../schemas/registry-views.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { isOver } from '../rollout/run.ts';

/** Of each list the latest. All of it is in the decision log. */
const MAX_TOLD = 50;

/** One agent's versions, and who of them has a part in the rollout under way. */
type AgentLineage = {
  of: Map<string, Lineage>;
  addresses: ReadonlyMap<string, string>;
  stable: string;
  parts: ReadonlySet<string>;
};

const noLineage = (): Lineage => ({ moves: [], gates: [], rollouts: [], incidents: [] });

const stableOf = ({ arms }: RoutingView): string => arms.find(({ name }) => name === 'stable')?.version ?? '';

const gateOf = (text: string | null): GateDocument | null => {
  try {
    const read = Document.safeParse(JSON.parse(text ?? ''));
    return read.data?.kind === 'Gate' ? read.data : null;
  } catch {
    return null;
  }
};

/** Everybody whom a rollout sends requests to, or copies of them. */
const partsOf = ({ candidate, stable, routing }: Decision): ReadonlySet<string> =>
  new Set([...routing.arms.map(({ version }) => version), ...[candidate, stable].filter((label) => label !== null)]);

const add = <K extends keyof Lineage>({ of }: AgentLineage, label: string, list: K, told: Lineage[K][number]): void => {
  const before = of.get(label) ?? noLineage();
  of.set(label, { ...before, [list]: [...before[list], told].slice(-MAX_TOLD) });
};

/** Versions and their addresses come with Agent documents; without one a person took a version out of service that was in it. */
const takeRegister = (agent: AgentLineage, decision: Decision): void => {
  const { routing, by, timeMs: atMs, document } = decision;
  for (const { label, upstream: to } of routing.versions) {
    const from = agent.addresses.get(label) ?? null;
    if (from !== to) add(agent, label, 'moves', { atMs, by, from, to });
  }
  agent.addresses = new Map(routing.versions.map(({ label, upstream }) => [label, upstream]));
  if (document === null && agent.stable !== '' && agent.stable !== stableOf(routing))
    add(agent, agent.stable, 'incidents', { atMs, by, type: 'replaced', rollout: '', sentence: sentenceOf(decision) });
};

/** The version in service was proven worse than its own past, or had to go for it. */
const takeService = (agent: AgentLineage, decision: Decision): void => {
  const { regression, by, timeMs: atMs, type, rollout } = decision;
  if (regression === null || type === 'recovery') return;
  const incident = type === 'return' ? 'replaced' : 'regression';
  add(agent, regression.version, 'incidents', { atMs, by, type: incident, rollout, sentence: sentenceOf(decision) });
};

const takeReport = (agent: AgentLineage, { by, timeMs: atMs, document }: Decision): void => {
  const gate = gateOf(document);
  if (gate === null) return;
  const { version, cases, summary, dataset = null } = gate.spec;
  const { name } = gate.metadata;
  add(agent, version, 'gates', { name, verdict: gateWord(gate.spec), cases, summary, dataset, atMs, by });
};

const takeStart = (agent: AgentLineage, decision: Decision): void => {
  const { rollout, timeMs: startedAtMs, candidate, stable, state } = decision;
  agent.parts = partsOf(decision);
  for (const label of agent.parts) {
    const as = label === candidate ? 'candidate' : label === stable ? 'stable' : 'arm';
    const begun = { rollout, as, state: state ?? 'canary', startedAtMs, endedAtMs: null, sentence: '' } as const;
    add(agent, label, 'rollouts', begun);
  }
};

const takeStep = (agent: AgentLineage, decision: Decision): void => {
  const { rollout, state, timeMs: atMs, type, by, candidate } = decision;
  if (rollout === '' || state === null) return;
  const isEnd = isOver(state);
  const sentence = isEnd ? sentenceOf(decision) : '';
  for (const label of agent.parts) {
    const lineage = agent.of.get(label) ?? noLineage();
    const rollouts = lineage.rollouts.map((one) =>
      one.rollout === rollout ? { ...one, state, endedAtMs: isEnd ? atMs : null, sentence } : one,
    );
    agent.of.set(label, { ...lineage, rollouts });
  }
  if ((type === 'rollback' || type === 'abort') && candidate !== null)
    add(agent, candidate, 'incidents', { atMs, by, type, rollout, sentence });
};

/**
 * What became of each version of each agent, as effective decisions tell it: where it was moved to, what gates found, which rollouts
 * it had a part in, and how it was taken out of service.
 */
export const createLineages = (): { take(decision: Decision): void; of(agent: string, label: string): Lineage } => {
  const agents = new Map<string, AgentLineage>();
  const fresh = (): AgentLineage => ({ of: new Map(), addresses: new Map(), stable: '', parts: new Set() });
  return {
    of: (agent, label) => agents.get(agent)?.of.get(label) ?? noLineage(),
    take: (decision) => {
      const agent = agents.get(decision.agent) ?? fresh();
      agents.set(decision.agent, agent);
      if (decision.type === 'register') takeRegister(agent, decision);
      else if (decision.type === 'report') takeReport(agent, decision);
      else if (decision.regression !== null) takeService(agent, decision);
      else if (decision.type === 'start') takeStart(agent, decision);
      else takeStep(agent, decision);
      agent.stable = stableOf(decision.routing);
    },
  };
};
