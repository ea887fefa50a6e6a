import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { type Parts, startParts } from '../../infra/parts/parts.ts';
import { parts } from '../../test/parts.ts';
import { KEYS, KEYS_REVISION, readKeys, revokeKey, writeKey } from './key-store.ts';
import { followKeys, type KeyTable } from './key-table.ts';
import { silentLog } from '../process/log.ts';
import { connectRedis, type Redis, redisReady } from './redis.ts';
import { createSessionStore } from './session-store.ts';

const [a, b] = [keyOf('a'), keyOf('b')];
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

let own: Parts;
let redis: Redis;
let folder: string;
const tables: KeyTable[] = [];
const follow = async (more: Partial<Parameters<typeof followKeys>[0]> = {}): Promise<KeyTable> => {
  const table = await followKeys({ redisUrl: own.env.REDIS_URL, log: silentLog, ...more });
  tables.push(table);
  return table;
};

/** Of its own: there is one table of keys for all. */
beforeAll(async () => {
  const home = join(import.meta.dirname, '../../.coalmine');
  const env = { ...process.env, ...parts(), REDIS_URL: '' };
  own = await startParts({ home, ports: 'free', env, onProgress: () => {} });
});
afterAll(async () => await own?.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coalmine-keys-'));
  redis = connectRedis({ redisUrl: own.env.REDIS_URL }, silentLog);
  await redisReady(redis);
  await redis.del(KEYS, KEYS_REVISION);
});
afterEach(async () => {
  await Promise.all(tables.splice(0).map((table) => table.stop()));
  await redis.del(KEYS, KEYS_REVISION);
  redis.disconnect();
  await rm(folder, { recursive: true });
});

it('finds the keys in Redis, and is healthy then', async () => {
  await writeKey(redis, a);
  const table = await follow();
  await until(() => expect(table.find(a.sha256)).toEqual(a));
  expect(table.healthy()).toBe(true);
});

it('hears of a new key and of a revocation by the channel, without waiting for the poll', async () => {
  await writeKey(redis, a);
  const table = await follow({ pollEveryMs: 600_000 });
  await until(() => expect(table.size()).toBe(1));
  const subscribed = [KEYS, 1];
  await vi.waitFor(async () => expect(await redis.pubsub('NUMSUB', KEYS)).toEqual(subscribed), { timeout: 10_000 });
  await writeKey(redis, b);
  await until(() => expect(table.size()).toBe(2));
  await revokeKey(redis, a.id, 7);
  await until(() => expect(table.find(a.sha256)?.revokedAtMs).toBe(7));
});

it('finds by the poll what the channel did not say', async () => {
  const table = await follow({ pollEveryMs: 20 });
  await until(() => expect(table.healthy()).toBe(true));
  await redis.multi().hset(KEYS, a.sha256, JSON.stringify(a)).incr(KEYS_REVISION).exec();
  await until(() => expect(table.size()).toBe(1));
});

it('keeps all keys when Redis is wiped, and a key revoked when an old backup says otherwise', async () => {
  await writeKey(redis, a);
  await writeKey(redis, b);
  await revokeKey(redis, a.id, 7);
  const table = await follow({ pollEveryMs: 20 });
  await until(() => expect(table.find(a.sha256)?.revokedAtMs).toBe(7));
  await redis.del(KEYS, KEYS_REVISION);
  const c = keyOf('c');
  await writeKey(redis, a);
  await writeKey(redis, c);
  await until(() => expect(table.find(c.sha256)).toEqual(c));
  expect([table.find(a.sha256)?.revokedAtMs, table.find(b.sha256)]).toEqual([7, b]);
});

it('keeps the table on disk, for nobody else to read, for a start without Redis', async () => {
  const file = join(folder, 'keys.json');
  await writeKey(redis, a);
  const table = await follow({ file });
  await until(() => expect(table.size()).toBe(1));
  await table.stop();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const later = await follow({ file, redisUrl: 'redis://127.0.0.1:1' });
  expect(later.find(a.sha256)).toEqual(a);
});

it('leaves out what can’t be read, and what stands under another key’s hash', async () => {
  await writeKey(redis, a);
  await redis.hset(KEYS, b.sha256, '{', 'c'.repeat(64), JSON.stringify(a));
  const { keys, unreadable } = await readKeys(redis);
  expect(keys).toEqual([a]);
  expect(unreadable.map(({ reason }) => reason).sort()).toEqual([
    'it is not JSON',
    'sha256: differs from the field that it stands under',
  ]);
});

it('leaves the time of a first revocation, and knows no key that is not there', async () => {
  await writeKey(redis, a);
  await revokeKey(redis, a.id, 7);
  expect((await revokeKey(redis, a.id, 9))?.revokedAtMs).toBe(7);
  expect(await revokeKey(redis, 'key_none', 9)).toBeUndefined();
});

it('keeps sessions for every connection, twenty a key, until they are closed or over', async () => {
  const [store, other] = [createSessionStore(redis), connectRedis({ redisUrl: own.env.REDIS_URL }, silentLog)];
  await redisReady(other);
  const elsewhere = createSessionStore(other);
  const sessionOf = (n: number) => ({ keySha256: a.sha256, idSha256: `id${n}` });
  for (let n = 0; n < 21; n += 1) await store.open(sessionOf(n), 1_000 + n, 60_000);
  const ends = await Promise.all([0, 1, 20].map((n) => elsewhere.untilMs(sessionOf(n))));
  expect(ends).toEqual([null, 1_001, 1_020]);
  expect(await elsewhere.untilMs({ ...sessionOf(20), keySha256: b.sha256 })).toBeNull();
  expect([await elsewhere.close(sessionOf(20)), await store.close(sessionOf(20))]).toEqual([true, false]);
  expect(await store.untilMs(sessionOf(20))).toBeNull();
  await store.open(sessionOf(30), 1_030, 1);
  await until(async () => expect(await redis.exists(`coalmine:sessions:${a.sha256}`)).toBe(0));
  other.disconnect();
  await expect(elsewhere.untilMs(sessionOf(1))).rejects.toThrow(/closed|writeable/);
});
