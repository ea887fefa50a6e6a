import { agentView } from '../agent-view.ts';
import type { Handler } from './handler.ts';

export const listAgents: Handler<'listAgents'> = async (controller, _, { person }) => ({
  ok: { agents: controller.agents(person.sees).map(agentView) },
});
