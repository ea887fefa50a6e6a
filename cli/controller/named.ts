import type { AgentView, RolloutView, ToldDecision } from '../../schemas/controller-api.ts';
import { type ControllerClient, RefusedError } from './client.ts';

/** What the controller has by a name. */
export type Named = { kind: 'rollout'; view: RolloutView } | { kind: 'agent'; view: AgentView };

const unlessUnknown = async <T>(asking: Promise<T>): Promise<T | null> => {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return null;
    throw error;
  }
};

/** A rollout by name or id, else an agent; `rollout/x` and `agent/x` say which is meant. */
export const findNamed = async (controller: ControllerClient, name: string): Promise<Named> => {
  const [, kind, own = name] = /^(rollout|agent)\/(.*)$/.exec(name) ?? [];
  const rollout = kind === 'agent' ? null : await unlessUnknown(controller.getRollout({ params: { name: own } }));
  if (rollout !== null) return { kind: 'rollout', view: rollout };
  const agent = kind === 'rollout' ? null : await unlessUnknown(controller.getAgent({ params: { agent: own } }));
  if (agent !== null) return { kind: 'agent', view: agent };
  throw new Error(`there is no ${kind ?? 'rollout and no agent'} ${own}; \`coalmine list\` shows what there is`);
};

/** So many the controller has in memory of an agent, and gives at once. */
export const MOST_DECISIONS = 500;

/** The latest steps of it, the oldest first. */
export const stepsOf = async (
  controller: ControllerClient,
  { kind, view }: Named,
  limit = MOST_DECISIONS,
): Promise<ToldDecision[]> => {
  const query = kind === 'agent' ? { agent: view.name, limit } : { agent: view.agent, rollout: view.id, limit };
  const { decisions } = await controller.listDecisions({ query });
  return decisions.toReversed();
};
