import { type Handler, inResponse } from './handler.ts';

export const setStable: Handler<'setStable'> = (controller, { params, body }, { by, signal }) =>
  inResponse(controller.setStable(params.agent, body.version, body.by ?? by, body.reason, signal), (decision) => ({
    decision,
  }));
