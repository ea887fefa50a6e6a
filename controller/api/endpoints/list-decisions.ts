import { noAgent } from '../../commands/refusal.ts';
import { type Handler, inPage, toldDecision } from './handler.ts';

export const listDecisions: Handler<'listDecisions'> = async (controller, { query }, { person }) => {
  const { agent, rollout } = query;
  const entries = person.sees(agent) ? controller.decisions(agent, Infinity, rollout) : null;
  if (entries === null) return { refusal: noAgent(agent) };
  return inPage(
    { list: 'decisions', entries, positionOf: ({ sequence }) => [sequence], isDescending: true },
    query,
    (decisions) => ({ decisions: decisions.map(toldDecision) }),
  );
};
