import { type Handler, inDecision } from './handler.ts';

export const setStable: Handler<'setStable'> = (controller, { params, body }, { person, signal }) =>
  inDecision(controller.setStable(params.agent, body.version, person, body.reason, signal));
