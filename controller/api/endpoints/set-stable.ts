import { type Handler, inDecision } from './handler.ts';

export const setStable: Handler<'setStable'> = (controller, { params, body }, { by, signal }) =>
  inDecision(controller.setStable(params.agent, body.version, body.by ?? by, body.reason, signal));
