import { type Handler, inResponse } from './handler.ts';

export const promoteRollout: Handler<'promoteRollout'> = (controller, { params, body }, { by, signal }) =>
  inResponse(
    controller.command(params.name, 'promote', body.by ?? by, body.reason, signal, body.arm ?? null),
    (decision) => ({ decision }),
  );
