import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { connectRedis, type Redis, redisReady } from '../../platform/redis/redis.ts';
import { ROUTING_CHANNEL, routingKey } from '../../platform/redis/routing-table.ts';
import { parts } from '../../test/parts.ts';
import { createRoutingStore } from './routing-redis.io.ts';

const AGENT = 'routing-redis-parts';
let redis: Redis;
let listener: Redis;
const heard: string[] = [];

beforeAll(async () => {
  const url = parts().REDIS_URL;
  [redis, listener] = [connectRedis({ redisUrl: url }, silentLog), connectRedis({ redisUrl: url }, silentLog)];
  await Promise.all([redisReady(redis), redisReady(listener)]);
  listener.on('message', (_: string, json: string) => heard.push(json));
  await listener.subscribe(ROUTING_CHANNEL);
});
afterAll(async () => {
  await redis.del(routingKey(AGENT));
  redis.disconnect();
  listener.disconnect();
});
beforeEach(async () => {
  await redis.del(routingKey(AGENT));
  heard.length = 0;
});

const view = (sequence: number, salt = 's'): string => JSON.stringify({ agent: AGENT, sequence, salt });
const offer = (sequence: number, salt?: string) => createRoutingStore(redis)(AGENT, sequence, view(sequence, salt));

describe('the compare-and-set in a real Redis', () => {
  it('applies what is newer and tells the channel', async () => {
    expect(await offer(1)).toBe('applied');
    expect(await offer(3)).toBe('applied');
    expect(await redis.get(routingKey(AGENT))).toBe(view(3));
    await vi.waitFor(() => expect(heard.filter((json) => json.includes(AGENT))).toEqual([view(1), view(3)]));
  });

  it('leaves the same alone, refuses what is older, and tells a conflict', async () => {
    await offer(2);
    expect([await offer(2), await offer(1), await offer(2, 'other')]).toEqual(['same', 'older', 'conflict']);
    expect(await redis.get(routingKey(AGENT))).toBe(view(2));
  });

  it.each(['not JSON', '7', '{}', '{"sequence":"x"}'])('takes %s for nothing', async (garbage) => {
    await redis.set(routingKey(AGENT), garbage);
    expect(await offer(1)).toBe('applied');
  });

  it('never goes back, whatever the order of many writers', async () => {
    const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => offer(1 + ((i * 77) % 200))));
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toEqual([]);
    expect(await redis.get(routingKey(AGENT))).toBe(view(200));
    await vi.waitFor(() => expect(heard.at(-1)).toBe(view(200)));
    const sequences = heard.map((json) => Number(/"sequence":(\d+)/.exec(json)?.[1]));
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  it('rejects while Redis is away', async () => {
    const away = connectRedis({ redisUrl: 'redis://127.0.0.1:1' }, silentLog);
    await expect(createRoutingStore(away)(AGENT, 1, view(1))).rejects.toThrow(/./);
    away.disconnect();
  });
});
