import { Redis } from 'ioredis';
import { systemClock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { secretText } from '../process/options.ts';
import { createOutageLog } from '../process/outage-log.ts';
import type { RedisAccess, RedisSecurity } from '../process/parts-security.ts';
import { tlsOptionsOf } from '../process/tls-files.ts';
import { redisTrouble } from './redis-trouble.ts';

const COMMAND_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_MS = 2_000;

export type { Redis };

/** Password and certificates as they are now. */
const credentialsOf = (url: string, security: RedisSecurity | undefined) => {
  if (security === undefined) return {};
  const { tls, username, password } = security;
  const { hostname } = new URL(url);
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password: secretText(password) }),
    ...(tls === null ? {} : { tls: { servername: /^[\d.]+$|:/.test(hostname) ? '' : hostname, ...tlsOptionsOf(tls) } }),
  };
};

const troubles = new WeakMap<Redis, () => string | null>();

/** What Redis has against this connection, as a sentence; null while all is well, or while nobody knows. */
export const troubleOf = (redis: Redis): string | null => troubles.get(redis)?.() ?? null;

const isDenied = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOPERM');

/** A command that the user may not run fails for its caller alone; so all that are sent are looked at. */
const watchDenials = (redis: Redis, onDenied: (error: unknown) => void, onAllowed: () => void): void => {
  const denied = new Set<string>();
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const worked = (): void => {
      if (denied.delete(command.name) && denied.size === 0) onAllowed();
    };
    const refused = (error: unknown): void => {
      if (!isDenied(error)) return;
      denied.add(command.name);
      onDenied(error);
    };
    // Nothing is done for a command that works while none is denied: the front door sends one for each request.
    command.promise.then(denied.size === 0 ? null : worked, refused);
    return send(command, stream);
  };
};

/**
 * A connection that is made in the background and made again for ever. A command given while it is away, or not answered
 * within 2 s, rejects at once: nothing queues up to be played later than it was meant.
 */
export const connectRedis = ({ redisUrl, redisSecurity }: RedisAccess, log: Log): Redis => {
  const username = redisSecurity?.username ?? (decodeURIComponent(new URL(redisUrl).username) || null);
  const shown = { username, showsCertificate: redisSecurity?.tls?.certificateFile != null };
  const explain = (error: unknown): string | null => redisTrouble(error, shown);
  const outage = createOutageLog(log, systemClock, 'Redis', explain);
  const denials = createOutageLog(log, systemClock, 'what Redis did not let us do', explain);
  const redis = new Redis(redisUrl, {
    ...credentialsOf(redisUrl, redisSecurity),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (attempt) => {
      try {
        Object.assign(redis.options, credentialsOf(redisUrl, redisSecurity));
      } catch (error) {
        outage.failed(error);
      }
      return Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_MS);
    },
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  redis.on('error', (error: Error) => outage.failed(error));
  redis.on('ready', () => outage.recovered());
  watchDenials(redis, denials.failed, denials.recovered);
  troubles.set(redis, () => outage.sentence() ?? denials.sentence());
  return redis;
};

/** Resolves when the connection takes commands; at once if it does already. */
export const redisReady = async (redis: Redis): Promise<void> => {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
};
