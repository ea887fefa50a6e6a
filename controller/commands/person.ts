import { actorOf } from '../../schemas/actor.ts';
import type { ApiKey } from '../../schemas/api-key.ts';
import { controllerRoleOf, type ControllerRole, covers } from '../../schemas/controller-role.ts';

/** Who asks for a step or a view. Who they are is told by their key, and by nothing that they say. */
export type Person = {
  /** As the log has it. */
  by: string;
  role: ControllerRole;
  /** By name; `*` is every one. */
  agents: readonly string[];
  may: (needed: ControllerRole) => boolean;
  /** Any other agent is to them as if it weren't there. */
  sees: (agent: string) => boolean;
};

/** Whether they see every agent there is and will be. None has such a name. */
export const seesAll = ({ sees }: Pick<Person, 'sees'>): boolean => sees('*');

/** Null for a key that has no role at the controller. */
export const personOf = ({ name, id, roles, agents }: ApiKey): Person | null => {
  const role = controllerRoleOf(roles);
  if (role === null) return null;
  const all = agents.includes('*');
  return {
    by: actorOf(name, id),
    role,
    agents: all ? ['*'] : agents,
    may: (needed) => covers(role, needed),
    sees: (agent) => all || agents.includes(agent),
  };
};

/** Callers without a key, where the operator lets them in. */
export const anonymousPerson = (role: ControllerRole): Person => ({
  by: 'anonymous',
  role,
  agents: ['*'],
  may: (needed) => covers(role, needed),
  sees: () => true,
});
