import type { Handler } from './handler.ts';

export const listRollouts: Handler<'listRollouts'> = async (controller, _, { person }) => ({
  ok: { rollouts: controller.rollouts(person.sees) },
});
