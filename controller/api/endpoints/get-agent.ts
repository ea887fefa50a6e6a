import { unknown } from '../../commands/refusal.ts';
import { agentView } from '../agent-view.ts';
import type { Handler } from './handler.ts';

export const getAgent: Handler<'getAgent'> = async (controller, { params }) => {
  const state = controller.agents().find(({ agent }) => agent === params.agent);
  return state === undefined ? { refusal: unknown(`there is no agent ${params.agent}`) } : { ok: agentView(state) };
};
