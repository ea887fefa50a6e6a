import { ROLE_NAMES, ROLES } from '../../schemas/roles.ts';
import { table } from './table.ts';

/** What each role of a key allows, for docs/ingress-policy.md. */
export const roleTable = (): string =>
  table(
    ['role', 'counts at the', 'may'],
    ROLE_NAMES.map((name) => [`\`${name}\``, ROLES[name].at, ROLES[name].about]),
  );
