import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { SESSION_COOKIE, SESSION_FOR_MS } from '../../schemas/session-api.ts';

/** Of all keys together: whoever was not seen for longest signs in again. */
const MAX_SESSIONS = 1_000;
const MAX_OF_A_KEY = 20;

type Session = { sha256: string; untilMs: number };
/** Whom a cookie stands for, by the SHA-256 of their key. What the cookie says is kept as its hash alone. */
export type Sessions = ReturnType<typeof createSessions>;

const keyOf = (id: string): string => hash('sha256', id);

export const createSessions = () => {
  const open = new LRUCache<string, Session>({ max: MAX_SESSIONS });
  return {
    open: (id: string, sha256: string, nowMs: number): number => {
      const own = [...open.entries()].filter(([, session]) => session.sha256 === sha256);
      // The cache tells the one that was used last first.
      for (const [oldest] of own.slice(MAX_OF_A_KEY - 1)) open.delete(oldest);
      const untilMs = nowMs + SESSION_FOR_MS;
      open.set(keyOf(id), { sha256, untilMs });
      return untilMs;
    },
    find: (id: string, nowMs: number): string | undefined => {
      const session = open.get(keyOf(id));
      return session !== undefined && nowMs < session.untilMs ? session.sha256 : undefined;
    },
    close: (id: string): boolean => open.delete(keyOf(id)),
  };
};

/** What a browser sends back of the cookie; undefined without one. */
export const sessionIn = (cookies: string | undefined): string | undefined =>
  cookies
    ?.split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`))
    ?.slice(SESSION_COOKIE.length + 1);

/** In plain text only where the page is of this machine. */
export const sessionCookie = (id: string, forSeconds: number, isLocal: boolean): string =>
  `${SESSION_COOKIE}=${id}; Path=/; Max-Age=${forSeconds}; HttpOnly; SameSite=Strict${isLocal ? '' : '; Secure'}`;
