import { noAgent } from '../../commands/refusal.ts';
import { agentView } from '../agent-view.ts';
import type { Handler } from './handler.ts';

export const getAgent: Handler<'getAgent'> = async (controller, { params }, { person }) => {
  const [state] = controller.agents((agent) => agent === params.agent && person.sees(agent));
  return state === undefined ? { refusal: noAgent(params.agent) } : { ok: agentView(state) };
};
