import { unknown } from '../../commands/refusal.ts';
import type { Handler } from './handler.ts';

export const getRollout: Handler<'getRollout'> = async (controller, { params }, { person }) => {
  const view = controller.rollout(params.name, person.sees);
  return view === null ? { refusal: unknown(`there is no rollout ${params.name}`) } : { ok: view };
};
