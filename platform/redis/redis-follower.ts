import { systemClock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createNap } from '../process/nap.ts';
import type { RedisAccess } from '../process/parts-security.ts';
import { connectRedis, type Redis, troubleOf } from './redis.ts';

const RETRY_MS = 200;
/** Redis lets a connection go on while its user's rights change. */
const RESUBSCRIBE_MS = 2_000;

export type RedisFollower = {
  /** When Redis was read last, epoch milliseconds; −Infinity before the first time. */
  readAtMs(): number;
  isSubscribed(): boolean;
  /** False while the channel or Redis itself can't be read. */
  healthy(): boolean;
  /** What Redis has against us, as a sentence; null while all is well, or while it is only away. */
  trouble(): string | null;
  stop(): Promise<void>;
};

const watchChannel = (redis: Redis, channel: string, onMessage: (text: string) => void, log: Log) => {
  let isSubscribed = false;
  const subscribe = async (): Promise<void> => {
    while (redis.status === 'ready' && !isSubscribed) {
      try {
        await redis.subscribe(channel);
        isSubscribed = true;
      } catch (error) {
        const level = troubleOf(redis) === null ? 'warn' : 'debug';
        log[level]({ err: error, channel }, 'could not subscribe; the poll carries the changes');
        await systemClock.sleep(RESUBSCRIBE_MS);
      }
    }
  };
  redis.on('ready', () => void subscribe());
  redis.on('close', () => (isSubscribed = false));
  redis.on('message', (_channel: string, text: string) => onMessage(text));
  return () => isSubscribed;
};

/**
 * Follows something in Redis by a channel, which tells of changes at once but may miss some, and by a poll, which misses
 * none. Two connections, made again for ever; `readSoon` lets the next poll come at once.
 */
export const followRedis = (
  options: RedisAccess & {
    channel: string;
    read: (redis: Redis) => Promise<void>;
    onMessage: (text: string, readSoon: () => void) => void;
    /** After a read that failed. */
    onAway?: () => void;
    log: Log;
    pollEveryMs: number;
  },
): RedisFollower => {
  const { channel, read, onMessage, onAway, log, pollEveryMs } = options;
  const reader = connectRedis(options, log);
  const subscriber = connectRedis(options, log.child({ redis: 'subscriber' }));
  const stopping = new AbortController();
  const nap = createNap(systemClock);
  const isSubscribed = watchChannel(subscriber, channel, (text) => onMessage(text, nap.wake), log);
  let readAtMs = Number.NEGATIVE_INFINITY;
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await read(reader);
        readAtMs = systemClock.nowMs();
        await nap.rest(pollEveryMs);
      } catch (error) {
        log.debug({ err: error, channel }, 'Redis could not be read');
        onAway?.();
        await nap.rest(Math.min(pollEveryMs, RETRY_MS));
      }
    }
  };
  const polling = poll();

  return {
    readAtMs: () => readAtMs,
    isSubscribed,
    healthy: () => isSubscribed() && systemClock.nowMs() - readAtMs < 3 * pollEveryMs,
    trouble: () => troubleOf(reader) ?? troubleOf(subscriber),
    stop: async () => {
      stopping.abort();
      nap.wake();
      reader.disconnect();
      subscriber.disconnect();
      await polling;
    },
  };
};
