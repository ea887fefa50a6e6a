import { findVersion } from '../../registry/version-view.ts';
import { type Handler, inDecision } from './handler.ts';

/** The version is named as everywhere; one that nobody knows is refused by its name. */
export const setStable: Handler<'setStable'> = (controller, { params: { agent }, body }, { person, signal }) => {
  const [state = null] = controller.agents((name) => name === agent && person.sees(name));
  const found = findVersion({ agent, state, registry: controller.registry }, body.version);
  return inDecision(controller.setStable(agent, found?.label ?? body.version, person, body.reason, signal));
};
