import { type Handler, inDecision } from './handler.ts';

export const restartRollout: Handler<'restartRollout'> = (controller, { params, body }, { person, signal }) =>
  inDecision(controller.restart(params.name, person, body.reason, signal));
