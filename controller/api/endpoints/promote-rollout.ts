import { type Handler, inDecision } from './handler.ts';

export const promoteRollout: Handler<'promoteRollout'> = (controller, { params, body }, { by, signal }) =>
  inDecision(controller.command(params.name, 'promote', body.by ?? by, body.reason, signal, body.arm ?? null));
