import { z } from 'zod';
import { EpochMs } from './envelope.ts';

/** How every key begins, so that a leaked one is known for what it is (secret scanners search by such a prefix). */
export const KEY_PREFIX = 'cm_live_';
/** A whole key: the prefix and 32 random bytes in base64url. */
export const KEY_SHAPE = /^cm_live_[A-Za-z0-9_-]{43}$/;

/** A limit as a key carries it: the value of a document's `Limit`, durations in milliseconds. */
const KeyLimit = z.object({ requests: z.int().positive(), per: z.int().positive(), burst: z.int().positive() });

/**
 * What is kept of an API key: never the key, only its SHA-256 (which is enough for 256 random bits; a slow hash guards
 * guessable secrets). A key is made once and changes only by being revoked.
 */
export const ApiKey = z.object({
  id: z.string().regex(/^key_[a-z0-9]+$/),
  /** Lower-case hex of the whole key's SHA-256. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string().min(1).max(100),
  roles: z.array(z.string()),
  groups: z.array(z.string()),
  claims: z.record(z.string(), z.string()),
  /** Agents by name, or `*`. */
  agents: z.array(z.string()).min(1),
  /** Its own limit in place of the policy's `perKey`. */
  limit: KeyLimit.nullable(),
  createdAtMs: EpochMs,
  expiresAtMs: EpochMs.nullable(),
  revokedAtMs: EpochMs.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;
