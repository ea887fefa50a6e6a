import { ROLE_NAMES, ROLES, type RoleName } from './roles.ts';

export type ControllerRole = 'view' | 'propose' | 'operate' | 'admin';

const isOfController = (name: RoleName): name is ControllerRole => ROLES[name].at === 'controller';

/** From the least to the one that may do everything; each includes those before it. */
export const CONTROLLER_ROLES: readonly ControllerRole[] = ROLE_NAMES.filter(isOfController);

/** Whether who has one role may do what takes the other. */
export const covers = (role: ControllerRole, needed: ControllerRole): boolean =>
  CONTROLLER_ROLES.indexOf(role) >= CONTROLLER_ROLES.indexOf(needed);

/** What a key's roles amount to at the controller; null if it has none there. */
export const controllerRoleOf = (roles: readonly string[]): ControllerRole | null =>
  CONTROLLER_ROLES.findLast((role) => roles.includes(role)) ?? null;
