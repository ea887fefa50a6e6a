import { type Handler, inResponse } from './handler.ts';

export const applyDocuments: Handler<'applyDocuments'> = (controller, { query, body }, { by, signal }) =>
  inResponse(controller.apply(body, by, signal, query.restart), (applied) => ({ applied }));
