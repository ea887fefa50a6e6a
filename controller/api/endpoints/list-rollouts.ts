import { noAgent } from '../../commands/refusal.ts';
import { type Handler, inPage } from './handler.ts';

export const listRollouts: Handler<'listRollouts'> = async (controller, { query }, { person }) => {
  const { agent } = query;
  if (agent !== undefined && controller.agents((name) => name === agent && person.sees(name)).length === 0)
    return { refusal: noAgent(agent) };
  const entries = controller.rollouts((name) => person.sees(name) && (agent === undefined || name === agent));
  return inPage(
    { list: 'rollouts', entries, positionOf: ({ startedAtMs, id }) => [startedAtMs, id], isDescending: true },
    query,
    (rollouts) => ({ rollouts }),
  );
};
