import { z } from 'zod';
import { ApiKey } from '../../schemas/api-key.ts';
import { systemClock } from '../process/clock.ts';
import { createKeptFile, readKeptFile } from './kept-file.ts';
import { KEYS_CHANNEL, readKeys, readRevision, type StoredKeys } from './key-store.ts';
import type { Log } from '../process/log.ts';
import type { RedisAccess } from '../process/parts-security.ts';
import { followRedis } from './redis-follower.ts';

const POLL_EVERY_MS = 1_000;
/** After so many polls in vain the table is no longer taken for all there is. */
const STALE_POLLS = 3;

export type KeyTable = {
  /** By the SHA-256 of the key, lower-case hex. Revoked and expired keys are found as well. */
  find(sha256: string): ApiKey | undefined;
  /** False while Redis can't be read: then a key that isn't found may exist all the same. */
  healthy(): boolean;
  size(): number;
  stop(): Promise<void>;
};

/**
 * What is known of keys, and grows only. A key goes by being revoked, never by being absent, so a wiped Redis locks
 * nobody out; and a revocation that was seen holds, so an old backup lets nobody back in.
 */
export const createKnownKeys = (known: readonly ApiKey[], log: Log) => {
  const keys = new Map(known.map((key) => [key.sha256, key]));
  let newestRevision = 0;
  let saidOf = '';
  const sayLoss = (stored: StoredKeys): void => {
    const found = new Set(stored.keys.map((key) => key.sha256));
    const missing = [...keys.keys()].filter((sha256) => !found.has(sha256)).length;
    const isLost = (stored.revision ?? 0) < newestRevision || missing > 0;
    const saying = isLost ? `${missing} missing` : '';
    if (isLost && saying !== saidOf)
      log.error(
        { revision: stored.revision, newestRevision, missing },
        `Redis lost API keys (wiped, or an old backup): those known here stay as they are, ${missing} of which Redis lacks; restore a later backup, then revoke again what was revoked since`,
      );
    saidOf = saying;
    newestRevision = Math.max(newestRevision, stored.revision ?? 0);
  };
  return {
    keys,
    /** True if something is other than before. */
    merge: (stored: StoredKeys): boolean => {
      for (const { sha256, reason } of stored.unreadable)
        log.error({ sha256: sha256.slice(0, 12) }, `an API key in Redis can't be read and is ignored: ${reason}`);
      sayLoss(stored);
      let isChanged = false;
      for (const key of stored.keys) {
        const before = keys.get(key.sha256);
        const merged = { ...key, revokedAtMs: before?.revokedAtMs ?? key.revokedAtMs };
        if (JSON.stringify(merged) === JSON.stringify(before)) continue;
        keys.set(key.sha256, merged);
        isChanged = true;
      }
      return isChanged;
    },
  };
};

/**
 * Follows all API keys: told by the channel at once, and by a poll of the revision within a second if the channel missed
 * it. Resolves at once with what the file holds, even when Redis is away; without Redis the known keys stay in force.
 */
export const followKeys = async (
  options: RedisAccess & {
    file?: string;
    log: Log;
    pollEveryMs?: number;
  },
): Promise<KeyTable> => {
  const { redisUrl, redisSecurity, file, log, pollEveryMs = POLL_EVERY_MS } = options;
  const kept = file === undefined ? [] : ((await readKeptFile(file, z.array(ApiKey), 'API key', log)) ?? []);
  const { keys, merge } = createKnownKeys(kept, log);
  const keptFile = file === undefined ? undefined : createKeptFile(file, () => [...keys.values()], 'API key', log);
  /** Undefined: Redis may have changed in any way since. */
  let revision: number | null | undefined;
  const follower = followRedis({
    redisUrl,
    redisSecurity,
    channel: KEYS_CHANNEL,
    read: async (redis) => {
      if (revision !== undefined && (await readRevision(redis)) === revision) return;
      const stored = await readKeys(redis);
      if (merge(stored)) keptFile?.changed();
      revision = stored.revision;
    },
    onMessage: (_text, readSoon) => {
      revision = undefined;
      readSoon();
    },
    onAway: () => (revision = undefined),
    log,
    pollEveryMs,
  });
  return {
    find: (sha256) => keys.get(sha256),
    healthy: () => systemClock.nowMs() - follower.readAtMs() < STALE_POLLS * pollEveryMs,
    size: () => keys.size,
    stop: async () => {
      await follower.stop();
      await keptFile?.flush();
    },
  };
};
