import { type Handler, inResponse } from './handler.ts';

export const restartRollout: Handler<'restartRollout'> = (controller, { params, body }, { by, signal }) =>
  inResponse(controller.restart(params.name, body.by ?? by, body.reason, signal), (decision) => ({ decision }));
