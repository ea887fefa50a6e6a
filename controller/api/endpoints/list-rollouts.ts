import type { Handler } from './handler.ts';

export const listRollouts: Handler<'listRollouts'> = async (controller) => ({
  ok: { rollouts: controller.rollouts() },
});
