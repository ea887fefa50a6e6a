import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SessionStore } from '../../platform/redis/session-store.ts';
import { SESSION_FOR_MS } from '../../schemas/session-api.ts';
import { type FoundSession, sessionOf } from './session-cookie.ts';

/** Remembered for while Redis is away. */
const MAX_KNOWN = 1_000;

export type Sessions = ReturnType<typeof createSessions>;

/** What Redis says of a session holds; while it is away, what it said here last. */
export const createSessions = (store: SessionStore) => {
  const known = new LRUCache<string, number>({ max: MAX_KNOWN });
  return {
    /** The cookie's value. Where Redis is away it counts at this controller alone, and no longer than that. */
    open: async (keySha256: string, nowMs: number): Promise<{ cookie: string; untilMs: number }> => {
      const cookie = `${keySha256}.${randomBytes(32).toString('base64url')}`;
      const session = sessionOf(cookie);
      if (session === undefined) throw new Error('a session is of the SHA-256 of a key, in hex');
      const untilMs = nowMs + SESSION_FOR_MS;
      known.set(session.idSha256, untilMs);
      await store.open(session, untilMs, SESSION_FOR_MS).catch(() => {});
      return { cookie, untilMs };
    },
    /** Redis is asked of sessions of known keys alone: whoever has none can make it no work. */
    find: async (cookie: string, nowMs: number, isKey: (sha256: string) => boolean): Promise<FoundSession> => {
      const session = sessionOf(cookie);
      if (session === undefined) return 'over';
      const { keySha256, idSha256 } = session;
      if (!isKey(keySha256)) return 'no-key';
      let untilMs: number | null | undefined;
      try {
        untilMs = await store.untilMs(session);
        if (untilMs === null) known.delete(idSha256);
        else known.set(idSha256, untilMs);
      } catch {
        untilMs = known.get(idSha256);
      }
      if (untilMs === undefined) return 'unknown';
      return untilMs !== null && nowMs < untilMs ? { keySha256, untilMs } : 'over';
    },
    /** Whether it was open. Rejects while Redis is away: then it still is. */
    close: async (cookie: string): Promise<boolean> => {
      const session = sessionOf(cookie);
      if (session === undefined) return false;
      const wasOpen = await store.close(session);
      known.delete(session.idSha256);
      return wasOpen;
    },
  };
};
