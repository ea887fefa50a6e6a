import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Log } from '../process/log.ts';
import type { RedisAccess } from '../process/parts-security.ts';
import { followRedis } from './redis-follower.ts';
import type { Redis } from './redis.ts';
import { createRoutingFile, readRoutingFile } from './routing-file.ts';
import { createRoutingViews } from './routing-views.ts';

/** Where an agent's routing view stands in Redis, as JSON. */
export const routingKey = (agent: string): string => `coalmine:routing:${agent}`;
/** Each new view is published here as well, as the same JSON. */
export const ROUTING_CHANNEL = 'coalmine:routing';

const POLL_EVERY_MS = 1_000;
const SCAN_COUNT = 500;

const readAll = async (redis: Redis, offer: (json: string, origin: string) => void): Promise<void> => {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', routingKey('*'), 'COUNT', SCAN_COUNT);
    const values = keys.length > 0 ? await redis.mget(keys) : [];
    for (const [i, key] of keys.entries()) {
      const json = values[i];
      if (json != null) offer(json, key);
    }
    cursor = next;
  } while (cursor !== '0');
};

export type RoutingTable = {
  /** By agent; the same map all the time. */
  views: ReadonlyMap<string, RoutingView>;
  /** Tells of every view that is known now, and of each new one from now on. */
  listen(listener: (view: RoutingView) => void): void;
  /** True once Redis was read whole, or if the file had views: before that, an agent that is not here may be in Redis. */
  isKnown(): boolean;
  /** False while Redis can't be read: then the views are the last known ones. */
  healthy(): boolean;
  /** What Redis has against us, as a sentence; null while all is well, or while it is only away. */
  trouble(): string | null;
  stop(): Promise<void>;
};

/**
 * Follows every agent's routing view: told by the channel at once, and by a poll within a second if the channel missed
 * it. Resolves at once with what the file holds, even when Redis is away; without Redis the last views stay in force.
 */
export const followRouting = async (
  options: RedisAccess & {
    file?: string;
    log: Log;
    onChange?: (view: RoutingView, agents: ReadonlyMap<string, RoutingView>) => void;
    /** Of a view that can't be read or used; the log says why. */
    onIgnored?: () => void;
    pollEveryMs?: number;
  },
): Promise<RoutingTable> => {
  const { redisUrl, redisSecurity, file, log, onChange, onIgnored, pollEveryMs = POLL_EVERY_MS } = options;
  const listeners: ((view: RoutingView) => void)[] = [];
  const known = file === undefined ? [] : await readRoutingFile(file, log);
  const changed = (view: RoutingView, agents: ReadonlyMap<string, RoutingView>): void => {
    onChange?.(view, agents);
    for (const listener of listeners) listener(view);
    routingFile?.changed();
  };
  const { views, offer } = createRoutingViews(known, log, changed, onIgnored);
  const routingFile = file === undefined ? undefined : createRoutingFile(file, views, log);

  const follower = followRedis({
    redisUrl,
    redisSecurity,
    channel: ROUTING_CHANNEL,
    read: (redis) => readAll(redis, offer),
    onMessage: (json) => offer(json, ROUTING_CHANNEL),
    log,
    pollEveryMs,
  });
  return {
    views,
    listen: (listener) => {
      for (const view of views.values()) listener(view);
      listeners.push(listener);
    },
    isKnown: () => known.length > 0 || follower.readAtMs() > Number.NEGATIVE_INFINITY,
    healthy: follower.healthy,
    trouble: follower.trouble,
    stop: async () => {
      await follower.stop();
      await routingFile?.flush();
    },
  };
};
