import { type Handler, inResponse, toldDecision } from './handler.ts';

export const rollBack: Handler<'rollBack'> = (controller, { params, body }, { person, signal }) =>
  inResponse(controller.rollback(params.name, person, body.reason, signal), (decision) => ({
    decision: toldDecision(decision),
    did: decision.type === 'abort' ? ('aborted' as const) : ('stable set' as const),
    stable: decision.routing.arms.find(({ name }) => name === 'stable')?.version ?? '',
  }));
