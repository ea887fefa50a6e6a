import { type Handler, inResponse } from './handler.ts';

export const applyDocuments: Handler<'applyDocuments'> = (controller, { body }, { by, signal }) =>
  inResponse(controller.apply(body, by, signal), (applied) => ({ applied }));
