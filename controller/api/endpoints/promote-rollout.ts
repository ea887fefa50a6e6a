import { type Handler, inDecision } from './handler.ts';

export const promoteRollout: Handler<'promoteRollout'> = (controller, { params, body }, { person, signal }) =>
  inDecision(controller.command(params.name, 'promote', person, body.reason, signal, body.arm ?? null));
