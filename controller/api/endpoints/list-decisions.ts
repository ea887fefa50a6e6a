import { unknown } from '../../commands/refusal.ts';
import { type Handler, toldDecision } from './handler.ts';

export const listDecisions: Handler<'listDecisions'> = async (controller, { query }) => {
  const decisions = controller.decisions(query.agent, query.limit, query.rollout);
  return decisions === null
    ? { refusal: unknown(`there is no agent ${query.agent}`) }
    : { ok: { decisions: decisions.map(toldDecision) } };
};
