import { Redis } from 'ioredis';
import { systemClock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createOutageLog } from '../process/outage-log.ts';

const COMMAND_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_MS = 2_000;

export type { Redis };

/**
 * A connection that is made in the background and made again for ever. A command given while it is away, or not answered
 * within 2 s, rejects at once: nothing queues up to be played later than it was meant.
 */
export const connectRedis = (url: string, log: Log): Redis => {
  const outage = createOutageLog(log, systemClock, 'Redis');
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_MS),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  redis.on('error', (error: Error) => outage.failed(error));
  redis.on('ready', () => outage.recovered());
  return redis;
};

/** Resolves when the connection takes commands; at once if it does already. */
export const redisReady = async (redis: Redis): Promise<void> => {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
};
