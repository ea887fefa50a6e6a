import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { readKeys, revokeKey } from '../../platform/redis/key-store.ts';
import { connectRedis, type Redis, redisReady } from '../../platform/redis/redis.ts';
import type { ApiKey } from '../../schemas/api-key.ts';
import { parts } from '../../test/parts.ts';
import { type LocalKey, localKey, storeLocalKey } from './local-key.ts';

const { REDIS_URL } = parts();
let folder: string;
let redis: Redis;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-key-'));
  redis = connectRedis({ redisUrl: REDIS_URL }, silentLog);
  await redisReady(redis);
});
afterAll(() => {
  redis.disconnect();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;
const recordsOf = async ({ text }: LocalKey): Promise<ApiKey[]> =>
  (await readKeys(redis)).keys.filter(({ sha256 }) => sha256 === hash('sha256', text, 'hex'));

it('this machine’s key is an admin’s, its owner’s alone to read, and the same at the next start', async () => {
  const first = localKey(path.join(folder, 'kept'));
  expect(statSync(first.file).mode & 0o777).toBe(0o600);
  expect(readFileSync(first.file, 'utf8')).toBe(`${first.text}\n`);
  await storeLocalKey(first, { redisUrl: REDIS_URL }, never);
  const again = localKey(path.join(folder, 'kept'));
  await storeLocalKey(again, { redisUrl: REDIS_URL }, never);
  expect(again).toEqual(first);
  expect(await recordsOf(first)).toMatchObject([{ name: 'local admin', roles: ['admin'], agents: ['*'] }]);
});

it('is not brought back once somebody has revoked it, and says how to get another', async () => {
  const key = localKey(path.join(folder, 'revoked'));
  await storeLocalKey(key, { redisUrl: REDIS_URL }, never);
  const [{ id } = { id: '' }] = await recordsOf(key);
  await revokeKey(redis, id, Date.now());
  await expect(storeLocalKey(key, { redisUrl: REDIS_URL }, never)).rejects.toThrow(
    `the key in ${key.file} is revoked: remove that file`,
  );
  expect((await recordsOf(key))[0]?.revokedAtMs).not.toBeNull();
});

it('waits for a Redis that is away, and is given up with the start', async () => {
  const key = localKey(path.join(folder, 'away'));
  const stopping = new AbortController();
  const storing = storeLocalKey(key, { redisUrl: 'redis://127.0.0.1:9' }, stopping.signal);
  stopping.abort();
  await expect(storing).rejects.toThrow(/./);
});
