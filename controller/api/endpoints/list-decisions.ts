import { noAgent } from '../../commands/refusal.ts';
import { type Handler, toldDecision } from './handler.ts';

export const listDecisions: Handler<'listDecisions'> = async (controller, { query }, { person }) => {
  const { agent, limit, rollout } = query;
  const decisions = person.sees(agent) ? controller.decisions(agent, limit, rollout) : null;
  return decisions === null ? { refusal: noAgent(agent) } : { ok: { decisions: decisions.map(toldDecision) } };
};
