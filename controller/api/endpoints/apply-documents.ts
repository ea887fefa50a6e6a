import { type Handler, inResponse } from './handler.ts';

export const applyDocuments: Handler<'applyDocuments'> = (controller, { query, headers, body }, { person, signal }) =>
  inResponse(controller.apply(body, person, signal, query.restart, headers['if-match']), (applied) => ({ applied }));

export const planDocuments: Handler<'planDocuments'> = (controller, { query, body }, { person }) =>
  inResponse(controller.plan(body, person, query.restart), (planned) => ({ planned }));
