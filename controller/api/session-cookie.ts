import { hash } from 'node:crypto';
import { SESSION_COOKIE } from '../../schemas/session-api.ts';

/**
 * Whom a cookie stands for: `over` for nobody any more, `unknown` where Redis would have to say and can't be asked, `no-key` where
 * the key is not known that it is of.
 */
export type FoundSession = { keySha256: string; untilMs: number } | 'over' | 'unknown' | 'no-key';

/** The SHA-256 of the key, which is no secret and lets nobody in, and 32 random bytes in base64url, which do. */
const SHAPE = /^([0-9a-f]{64})\.([A-Za-z0-9_-]{43})$/;

/** Which session a cookie's value is of; undefined of what is none. */
export const sessionOf = (value: string): { keySha256: string; idSha256: string } | undefined => {
  const [, keySha256, id] = SHAPE.exec(value) ?? [];
  return keySha256 === undefined || id === undefined ? undefined : { keySha256, idSha256: hash('sha256', id) };
};

/** What a browser sends back of the cookie; undefined without one. */
export const sessionIn = (cookies: string | undefined): string | undefined =>
  cookies
    ?.split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`))
    ?.slice(SESSION_COOKIE.length + 1);

/** In plain text only where the page is of this machine. */
export const sessionCookie = (value: string, forSeconds: number, isLocal: boolean): string =>
  `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${forSeconds}; HttpOnly; SameSite=Strict${isLocal ? '' : '; Secure'}`;
