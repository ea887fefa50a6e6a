import type { AuditEntry } from '../../schemas/audit.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import { fieldChanges } from './field-changes.ts';
import type { RegistryContent } from './registry-fold.ts';

/** Of each agent the latest. All of it is in the decision log. */
const MAX_KEPT = 2_000;

/** What was in force of an agent before a step. */
type Before = { decision: Decision | null; documents: Map<string, unknown>; entries: AuditEntry[] };

const stableOf = ({ arms }: RoutingView): string | null => arms.find(({ name }) => name === 'stable')?.version ?? null;

const weightsOf = ({ arms }: RoutingView): Record<string, number> => {
  const weights: Record<string, number> = {};
  for (const { version, weight } of arms) weights[version] = (weights[version] ?? 0) + weight;
  return weights;
};

/** The part of a decision that is compared; of the rollout only where both steps are of the same one. */
const placeOf = (decision: Decision | null, rollout: string): object => ({
  stable: decision === null ? null : stableOf(decision.routing),
  weights: decision === null ? {} : weightsOf(decision.routing),
  ...(decision?.rollout === rollout && rollout !== '' && { state: decision.state, stage: decision.stage }),
});

const readDocument = (text: string | null): { key: string; document: unknown } | null => {
  try {
    const document = JSON.parse(text ?? '') as { kind: string; metadata: { name: string } };
    return { key: `${document.kind}/${document.metadata.name}`, document };
  } catch {
    return null;
  }
};

const entryOf = (before: Before, decision: Decision): AuditEntry => {
  const { agent, sequence, timeMs: atMs, by, type, rollout } = decision;
  const given = readDocument(decision.document);
  return {
    id: `${agent}#${sequence}`,
    agent,
    atMs,
    by,
    type,
    rollout,
    sentence: sentenceOf(decision),
    changes: [
      ...fieldChanges('', placeOf(before.decision, rollout), placeOf(decision, rollout)),
      ...(given === null ? [] : fieldChanges('document', before.documents.get(given.key), given.document)),
    ],
  };
};

/** Folds effective decisions, in the order of each agent's sequence, into who changed what. */
export const createAuditTrail = () => {
  const agents = new Map<string, Before>();
  return {
    take: (decision: Decision): void => {
      const before = agents.get(decision.agent) ?? { decision: null, documents: new Map(), entries: [] };
      before.entries = [...before.entries, entryOf(before, decision)].slice(-MAX_KEPT);
      before.decision = decision;
      const given = readDocument(decision.document);
      if (given !== null) before.documents.set(given.key, given.document);
      agents.set(decision.agent, before);
    },
    /** Of the agents that somebody sees. */
    of: (sees: (agent: string) => boolean): AuditEntry[] =>
      [...agents].filter(([agent]) => sees(agent)).flatMap(([, { entries }]) => entries),
  };
};

/** What was registered of the agents that somebody sees, as far as it is still there. */
export const registeredEntries = (registry: RegistryContent, sees: (agent: string) => boolean): AuditEntry[] => {
  const entry = (
    type: 'version' | 'dataset' | 'baseline',
    name: string,
    { agent, by, atMs, sentence }: Pick<AuditEntry, 'agent' | 'by' | 'atMs' | 'sentence'>,
  ): AuditEntry => ({ id: `${type}/${name}`, agent, atMs, by, type, rollout: '', sentence, changes: [] });
  return registry
    .agents()
    .filter(sees)
    .flatMap((agent) => [
      ...registry.all('Version', agent).map(({ label, id, createdBy: by, createdAtMs: atMs }) => {
        const sentence = `Version ${label} was registered (${id.slice(0, 8)}).`;
        return entry('version', `${agent}/${label}`, { agent, by, atMs, sentence });
      }),
      ...registry.all('Dataset', agent).map(({ name, label, cases, createdBy: by, createdAtMs: atMs }) => {
        const sentence = `Dataset ${name} ${label} was registered, with ${cases} cases.`;
        return entry('dataset', `${agent}/${name}/${label}`, { agent, by, atMs, sentence });
      }),
      ...registry.all('Baseline', agent).map(({ name, recordedBy: by, recordedAtMs: atMs }) => {
        const sentence = `Baseline ${name} was recorded.`;
        return entry('baseline', `${agent}/${name}`, { agent, by, atMs, sentence });
      }),
    ]);
};
