import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hash } from 'node:crypto';
import { PartsError } from '../../infra/parts/parts-error.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import type { RedisAccess } from '../../platform/process/parts-security.ts';
import { retryForever } from '../../platform/process/retry.ts';
import { readKeys, writeKey } from '../../platform/redis/key-store.ts';
import { connectRedis } from '../../platform/redis/redis.ts';
import { newKeyText, recordOf } from '../keys/new-key.ts';

/** The controller's admin on this machine: whoever may read the file. */
export type LocalKey = { file: string; text: string };

const NAME = 'local admin';

/** The key in the folder, made if there is none yet. Only its owner may read it. */
export const localKey = (folder: string): LocalKey => {
  const file = path.join(folder, 'admin.key');
  if (existsSync(file)) return { file, text: readFileSync(file, 'utf8').trim() };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = newKeyText();
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return { file, text };
};

/**
 * Resolves once Redis has the key, for which it waits until the signal aborts. Rejects with a PartsError if it was revoked: then
 * whoever did that does not want it back.
 */
export const storeLocalKey = async (
  { file, text }: LocalKey,
  access: RedisAccess,
  signal: AbortSignal,
): Promise<void> => {
  const redis = connectRedis(access, silentLog);
  const store = async (): Promise<void> => {
    const { keys } = await readKeys(redis);
    const known = keys.find(({ sha256 }) => sha256 === hash('sha256', text, 'hex'));
    if (known === undefined) await writeKey(redis, recordOf(text, { name: NAME, roles: ['admin'] }, Date.now()));
    else if (known.revokedAtMs !== null)
      throw new PartsError(`the key in ${file} is revoked: remove that file, and the next start makes another`);
  };
  const isRetriable = (error: unknown): boolean => !(error instanceof PartsError);
  try {
    await retryForever(store, { clock: systemClock, signal, isRetriable, firstMs: 20, maxMs: 1_000 });
  } finally {
    redis.disconnect();
  }
};
