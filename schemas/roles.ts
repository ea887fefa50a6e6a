/** Where a role counts: at the ingress' front door or at the controller. One key may have roles of both. */
export type RoleAt = 'front door' | 'controller';

/**
 * Every role that a key may have; another name is refused where keys are made. Those of the controller include those before
 * them: who may operate may propose and view. Without any role a key may call its agents, and no more.
 */
export const ROLES = {
  pin: {
    at: 'front door',
    about:
      'choose versions and arms (`agent@version`, `x-coalmine-version`, `x-coalmine-arm`), and be told which one answered',
  },
  subjects: {
    at: 'front door',
    about:
      'name the users whom its requests are from, so that each counts in the evidence; without it none of its requests does',
  },
  events: { at: 'front door', about: 'report events, thumbs and ratings of exchanges that others asked for' },
  score: { at: 'front door', about: "post values of an agent's own metrics, and labels" },
  operator: { at: 'front door', about: 'read `/metrics` from another host, and be told which version answered' },
  view: { at: 'controller', about: 'read agents, rollouts and decisions' },
  propose: {
    at: 'controller',
    about: 'view, apply rollouts, experiments and gates, and register versions, datasets and baselines',
  },
  operate: {
    at: 'controller',
    about: 'propose, and pause, resume, skip, promote, approve, abort, roll back and restart',
  },
  admin: {
    at: 'controller',
    about: 'operate, apply agents, set the version in service, and import what another controller has registered',
  },
} as const satisfies Record<string, { at: RoleAt; about: string }>;

export type RoleName = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as RoleName[];
