import type { PostPath, RoleTo } from '../api/contract.ts';
import { covers } from '../../schemas/controller-role.ts';
import type { SessionView } from '../../schemas/session-api.ts';

/** The role that each change takes which the page can ask for: the contract's. */
const TAKES = {
  '/v1/rollouts/:name/pause': 'operate',
  '/v1/rollouts/:name/resume': 'operate',
  '/v1/rollouts/:name/skip': 'operate',
  '/v1/rollouts/:name/promote': 'operate',
  '/v1/rollouts/:name/approve': 'operate',
  '/v1/rollouts/:name/abort': 'operate',
  '/v1/rollouts/:name/rollback': 'operate',
  '/v1/rollouts/:name/restart': 'operate',
  '/v1/dead-letters/replay': 'operate',
  '/v1/alerts/:key/acknowledge': 'operate',
} as const satisfies { readonly [P in PostPath]?: RoleTo<'POST', P> };

export type Change = keyof typeof TAKES;

/** Those that are of all agents at once. */
const OF_ALL: ReadonlySet<Change> = new Set(['/v1/dead-letters/replay']);

/** Why somebody may not ask for a change; null where they may, or while nobody knows who they are: the controller says then. */
export const whyMayNot = (change: Change, who: Pick<SessionView, 'role' | 'agents'> | null): string | null => {
  if (who === null) return null;
  if (!covers(who.role, TAKES[change]))
    return `it takes a key with the role ${TAKES[change]}, and yours has ${who.role}`;
  return OF_ALL.has(change) && !who.agents.includes('*') ? 'it takes a key for all agents' : null;
};
