import type { Clock } from '../../platform/process/clock.ts';
import { CONTROLLER } from '../../schemas/actor.ts';
import { AgentDocument } from '../../schemas/documents.ts';
import { type Identify, identityEntries } from '../commands/identifying.ts';
import type { ControllerEvents } from '../events.ts';
import type { Registry } from '../follow-registry.ts';
import type { Ledger } from '../ledger.ts';
import type { AgentState } from '../rollout/agent-log.ts';

/** So often they are asked: an upstream that was moved is known within minutes, and a question a minute is no load for anybody. */
const EVERY_MS = 60_000;

type IdentityWatchDeps = {
  ledger: Pick<Ledger, 'agents' | 'isRead'>;
  registry: Pick<Registry, 'content' | 'write' | 'isRead'>;
  identify: Identify;
  clock: Clock;
  events: Pick<ControllerEvents, 'identified' | 'identifyingFailed'>;
};

/** An agent's document with those of its versions alone that answer users and have somebody to ask. */
const inService = ({ document, routing }: AgentState): AgentDocument[] => {
  if (document === null || routing === null) return [];
  const agent = AgentDocument.parse(JSON.parse(document));
  const serving = new Set(routing.arms.map(({ version }) => version));
  const versions = agent.spec.versions.filter(({ label, identity }) => identity !== undefined && serving.has(label));
  return versions.length === 0 ? [] : [{ ...agent, spec: { ...agent.spec, versions } }];
};

/**
 * Asks the upstreams of the versions in service which version they are, again and again, and records where one says another thing
 * than before. One that does not answer has said nothing: an outage is no move.
 */
export const startIdentityWatch = (deps: IdentityWatchDeps): { stop(): Promise<void> } => {
  const { ledger, registry, identify, clock, events } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;

  const askAll = async (): Promise<void> => {
    const documents = [...ledger.agents.values()].flatMap(inService);
    const { identified } = await identify(documents, CONTROLLER, signal);
    const said = [...identified.values()].filter(({ identity }) => identity !== null);
    const entries = identityEntries(said, registry.content, CONTROLLER, clock.nowMs());
    events.identified(said, entries.length);
    await registry.write(entries, signal);
  };

  const asking = (async () => {
    while (!signal.aborted) {
      if (ledger.isRead() && registry.isRead())
        await askAll().catch((error: unknown) => {
          if (!signal.aborted) events.identifyingFailed(error);
        });
      await clock.sleep(EVERY_MS, signal);
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      await asking;
    },
  };
};
