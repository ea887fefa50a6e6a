import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { systemClock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { RedisAccess } from '../process/parts-security.ts';
import { connectRedis } from './redis.ts';

const TTL_S = 7 * 86_400;
/** As a size, since room for a number of entries would be taken at once. */
const LOCAL = { maxSize: 50_000, sizeCalculation: () => 1 };
const WAIT_MS = 50;

export type Conversations = {
  /** The version that this conversation is with; undefined if nobody knows. Never rejects, and takes at most 50 ms. */
  find(agent: string, id: string): string | undefined | Promise<string | undefined>;
  remember(agent: string, id: string, version: string): void;
  stop(): void;
};

const keyOf = (agent: string, id: string): string =>
  `coalmine:conversation:${hash('sha256', `${agent}\0${id}`, 'hex').slice(0, 32)}`;

/**
 * Which version a conversation goes on with, for a week: in this process, and in Redis for the others. Without Redis each
 * process knows its own, and a conversation that it doesn't know is routed as if it began.
 */
export const createConversations = (access: RedisAccess, log: Log): Conversations => {
  const redis = connectRedis(access, log.child({ redis: 'conversations' }));
  const local = new LRUCache<string, string>(LOCAL);
  const look = async (key: string): Promise<string | undefined> => {
    try {
      const version = await redis.get(key);
      if (version !== null) local.set(key, version);
      return version ?? undefined;
    } catch (error) {
      log.debug({ err: error }, 'a conversation could not be looked up');
      return undefined;
    }
  };
  const ask = async (key: string): Promise<string | undefined> => {
    const late = new AbortController();
    const found = await Promise.race([look(key), systemClock.sleep(WAIT_MS, late.signal)]);
    late.abort();
    return found ?? undefined;
  };
  return {
    find: (agent, id) => {
      const key = keyOf(agent, id);
      return local.get(key) ?? (redis.status === 'ready' ? ask(key) : undefined);
    },
    remember: (agent, id, version) => {
      const key = keyOf(agent, id);
      if (local.get(key) === version) return;
      local.set(key, version);
      if (redis.status !== 'ready') return;
      redis.set(key, version, 'EX', TTL_S).catch((error: unknown) => {
        log.debug({ err: error }, 'a conversation could not be stored in Redis');
      });
    },
    stop: () => redis.disconnect(),
  };
};
