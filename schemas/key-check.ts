import { hash, timingSafeEqual } from 'node:crypto';
import { type ApiKey, KEY_SHAPE } from './api-key.ts';

const BEARER = /^bearer +(\S+) *$/i;

/** What `authorization: Bearer …` brings; undefined of another scheme, and of none. */
export const bearerOf = (authorization: string): string | undefined => BEARER.exec(authorization)?.[1];

const digests = new WeakMap<ApiKey, Buffer>();

const digestOf = (key: ApiKey): Buffer => {
  const known = digests.get(key);
  if (known !== undefined) return known;
  const digest = Buffer.from(key.sha256, 'hex');
  digests.set(key, digest);
  return digest;
};

/**
 * The key that a credential is, if it is in force. `unknown`: none is known by that hash; `wrong`: mistyped, revoked or expired.
 * Tries need no limit: a key has 256 random bits, and what is looked up and compared is its SHA-256, of which a caller can't
 * choose a part.
 */
export const checkKey = (
  credential: string,
  lookup: (sha256: string) => ApiKey | undefined,
  nowMs: number,
): ApiKey | 'unknown' | 'wrong' => {
  if (!KEY_SHAPE.test(credential)) return 'wrong';
  const digest = hash('sha256', credential, 'buffer');
  const key = lookup(digest.toString('hex'));
  if (key === undefined) return 'unknown';
  return timingSafeEqual(digest, digestOf(key)) && isInForce(key, nowMs) ? key : 'wrong';
};

export const isInForce = ({ revokedAtMs, expiresAtMs }: ApiKey, nowMs: number): boolean =>
  revokedAtMs === null && (expiresAtMs === null || nowMs < expiresAtMs);
