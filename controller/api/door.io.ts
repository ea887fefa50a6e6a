import type { FastifyRequest } from 'fastify';
import type { KeyTable } from '../../platform/redis/key-table.ts';
import type { ControllerRole } from '../../schemas/controller-role.ts';
import { foreignPage } from '../../schemas/foreign-page.ts';
import { isFromThisHost, isLoopbackName } from '../../schemas/loopback-host.ts';
import type { Person } from '../commands/person.ts';
import type { AccessEvents } from './access-events.ts';
import { isOfPage } from './page.io.ts';
import { whyNotByCookie } from './session-requests.ts';
import { sessionIn } from './session-cookie.ts';
import type { Sessions } from './sessions.io.ts';
import { identify, identifySession, type TurnedAway } from './identify.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    role?: ControllerRole;
  }
}

export type DoorOptions = {
  /** Every key there is, at the front door and here. */
  keys: Pick<KeyTable, 'find' | 'healthy'>;
  events: AccessEvents;
  nowMs: () => number;
  host: string;
  /** Of callers without a key, where it listens on loopback. */
  anonymousRole?: ControllerRole | undefined;
};

export const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? '';

/** Who asks, of a request that the door let in. */
export const PERSON = Symbol('person');
/** The SHA-256 of the key that they sent; of a request by cookie it is not there. */
export const KEY = Symbol('key');
/** When the session ends by whose cookie they ask. */
export const UNTIL_MS = Symbol('until');
export type Known = FastifyRequest & { [PERSON]?: Person; [KEY]?: string; [UNTIL_MS]?: number };

export type Door = (request: Known) => Promise<TurnedAway | null>;

/**
 * What takes no key: whether it lives, for supervisors, who have none; and what the API is like, which is in the source for
 * everyone and says nothing of this installation.
 */
const OPEN: ReadonlySet<string> = new Set(['/livez', '/readyz', '/openapi.json', '/reference']);

/** Why a request goes no further; null, and who asks is known, if it may. */
export const createDoor = ({
  keys,
  events,
  nowMs,
  host,
  anonymousRole,
  sessions,
}: DoorOptions & { sessions: Sessions }): Door => {
  const isLocal = isLoopbackName(host);
  if (anonymousRole !== undefined && !isLocal) events.anonymousIgnored(host);
  return async (request) => {
    const { headers, routeOptions, socket } = request;
    const foreign = foreignPage(host, headers);
    if (foreign !== null) return { status: 403, message: foreign, by: '', roles: [] };
    const path = pathOf(request);
    if (OPEN.has(path) || isOfPage(path)) return null;
    const asked = { host: headers.host, origin: headers.origin, forwardedFor: headers['x-forwarded-for']?.toString() };
    if (path === '/metrics' && isFromThisHost(asked, () => socket.remoteAddress)) return null;
    const access = {
      find: keys.find,
      isCurrent: keys.healthy(),
      nowMs: nowMs(),
      anonymousRole: isLocal ? (anonymousRole ?? null) : null,
    };
    const session = headers.authorization === undefined ? sessionIn(headers.cookie) : undefined;
    if (session !== undefined) {
      const refused = whyNotByCookie(request.method, headers);
      if (refused !== null) return { status: 403, message: refused, by: '', roles: [] };
    }
    const isKey = (sha256: string): boolean => keys.find(sha256) !== undefined;
    const found = session === undefined ? null : await sessions.find(session, access.nowMs, isKey);
    const identified = found === null ? identify(headers.authorization, access) : identifySession(found, access);
    if (!('person' in identified))
      return path === '/metrics' && identified.roles.includes('operator') ? null : identified;
    const { person, sha256 } = identified;
    const needed = routeOptions.config.role ?? 'view';
    if (!person.may(needed))
      return { status: 403, message: `this takes a key with the role ${needed}`, by: person.by, roles: [] };
    request[PERSON] = person;
    if (sha256 !== undefined && found === null) request[KEY] = sha256;
    if (found !== null && typeof found === 'object') request[UNTIL_MS] = found.untilMs;
    return null;
  };
};
