import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../platform/process/log.ts';
import { EnvError } from '../../platform/process/options.ts';
import { readRedisAccess } from '../../platform/process/parts-access.ts';
import type { RedisAccess } from '../../platform/process/parts-security.ts';
import { connectRedis, type Redis, redisReady, troubleOf } from '../../platform/redis/redis.ts';
import { partsEnv } from '../controller/access.ts';

const CONNECT_MS = 3_000;

const redisAccess = (url?: string): RedisAccess => {
  try {
    return readRedisAccess(partsEnv(url));
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    throw new Error(`${error.message}, such as redis://127.0.0.1:6379`, { cause: error });
  }
};

/** Runs with the Redis of a controller's installation; rejects with a sentence where it is away, or has something against us. */
export const withRedis = async <T>(run: (redis: Redis) => Promise<T>, url?: string): Promise<T> => {
  const access = redisAccess(url);
  const redis = connectRedis(access, silentLog);
  try {
    const isReady = await Promise.race([redisReady(redis).then(() => true), sleep(CONNECT_MS, false, { ref: false })]);
    if (!isReady) {
      const trouble = troubleOf(redis);
      if (trouble !== null) throw new Error(trouble);
      const { host } = new URL(access.redisUrl);
      throw new Error(`Redis at ${host} (REDIS_URL) did not answer within ${CONNECT_MS / 1000} s; is it running?`);
    }
    return await run(redis);
  } finally {
    redis.disconnect();
  }
};
