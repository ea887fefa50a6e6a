import { type Handler, inDecision } from './handler.ts';

export const approvePromotion: Handler<'approvePromotion'> = (controller, { params, body }, { person, signal }) =>
  inDecision(controller.approve(params.name, person, body.reason, signal));
