import { type Handler, inDecision } from './handler.ts';

export const restartRollout: Handler<'restartRollout'> = (controller, { params, body }, { by, signal }) =>
  inDecision(controller.restart(params.name, body.by ?? by, body.reason, signal));
