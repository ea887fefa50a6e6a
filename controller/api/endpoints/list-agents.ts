import { agentView } from '../agent-view.ts';
import type { Handler } from './handler.ts';

export const listAgents: Handler<'listAgents'> = async (controller) => ({
  ok: { agents: controller.agents().map(agentView) },
});
