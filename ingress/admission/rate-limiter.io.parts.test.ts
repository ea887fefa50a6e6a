import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { connectRedis, type Redis, redisReady } from '../../platform/redis/redis.ts';
import { parts } from '../../test/parts.ts';
import { rateOf, takeAll } from './gcra.ts';
import type { LimitResult } from './gcra.ts';
import type { Bucket } from './limits.ts';
import { createRateLimiter, limitKey, TAKE } from './rate-limiter.io.ts';

const { REDIS_URL } = parts();
let redis: Redis;
let run: string;
let count = 0;
beforeEach(async () => {
  run = `test-${process.pid}-${(count += 1)}`;
  redis = connectRedis({ redisUrl: REDIS_URL }, silentLog);
  await redisReady(redis);
});
afterEach(() => redis.disconnect());

const limiter = (instances = 1) =>
  createRateLimiter({ redis, log: silentLog, instances, elapsedMs: () => performance.now() });
const bucket = (name: string, requests: number, per: number, burst: number): Bucket => ({
  name: `${name}:${run}`,
  limit: { requests, per, burst },
});

/** The bucket's theoretical arrival time in microseconds, as Redis keeps it. */
const arrivalUs = async (name: string): Promise<number> => Number((await redis.get(limitKey(name))) ?? 0);

describe('limits in Redis', () => {
  it('are one for all processes', async () => {
    const [one, two] = [limiter(), limiter()];
    const buckets = [bucket('key', 1, 3_600_000, 5)];
    const verdicts: (LimitResult | null)[] = [];
    for (let i = 0; i < 8; i += 1) verdicts.push(await (i % 2 === 0 ? one : two).take(buckets));
    expect(verdicts.map((result) => result!.allowed)).toEqual([true, true, true, true, true, false, false, false]);
    expect(verdicts.map((result) => result!.remaining)).toEqual([4, 3, 2, 1, 0, 0, 0, 0]);
    expect(verdicts[7]!.retryAfterMs).toBeGreaterThan(3_000_000);
  });

  it('let no more pass at once than the burst, however many ask together', async () => {
    const { take } = limiter();
    const buckets = [bucket('key', 1, 3_600_000, 7)];
    const verdicts = await Promise.all(Array.from({ length: 200 }, async () => await take(buckets)));
    expect(verdicts.filter((result) => result!.allowed)).toHaveLength(7);
  });

  it('charge all buckets or none', async () => {
    const { take } = limiter();
    const [key, user, agent] = [
      bucket('key', 1, 3_600_000, 9),
      bucket('user', 1, 3_600_000, 9),
      bucket('agent', 1, 3_600_000, 1),
    ];
    expect(await take([key, user, agent])).toMatchObject({ allowed: true, bucket: agent.name, remaining: 0 });
    const before = await Promise.all([key, user, agent].map(({ name }) => arrivalUs(name)));
    expect(await take([key, user, agent])).toMatchObject({ allowed: false, bucket: agent.name });
    expect(await Promise.all([key, user, agent].map(({ name }) => arrivalUs(name)))).toEqual(before);
  });

  it('forget a bucket that is full again', async () => {
    const full = bucket('key', 100, 1_000, 2);
    await limiter().take([full]);
    await vi.waitFor(async () => expect(await redis.exists(limitKey(full.name))).toBe(0), { timeout: 5_000 });
  });

  it('are those of the algorithm: Redis and the pure function agree on any sequence', async () => {
    const script = TAKE.replace("redis.call('TIME')", '{ ARGV[#ARGV - 1], ARGV[#ARGV] }');
    let sequence = 0;
    const anyLimit = fc.record({
      requests: fc.integer({ min: 1, max: 50 }),
      per: fc.integer({ min: 60_000, max: 3_600_000 }),
      burst: fc.integer({ min: 1, max: 4 }),
    });
    const anyPause = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000_000 }));
    const property = fc.asyncProperty(
      fc.array(anyLimit, { minLength: 1, maxLength: 3 }),
      fc.array(anyPause, { maxLength: 15 }),
      async (limits, pauses) => {
        sequence += 1;
        const keys = limits.map((_, i) => `agree:${run}:${sequence}:${i}`);
        const rates = limits.map(rateOf);
        const args = rates.flatMap(({ intervalUs, burst }) => [String(intervalUs), String(burst)]);
        let nowUs = 1_800_000_000_123_456;
        let backlogs = rates.map(() => 0);
        for (const pauseUs of pauses) {
          nowUs += pauseUs;
          const time = [String(Math.floor(nowUs / 1e6)), String(nowUs % 1e6)];
          const answer = await redis.eval(script, keys.length, ...keys, ...args, ...time);
          const pure = takeAll(
            rates,
            backlogs.map((backlogUs) => Math.max(0, backlogUs - pauseUs)),
          );
          expect(answer).toEqual([pure.allowed ? 1 : 0, ...pure.after]);
          backlogs = pure.after;
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

describe('a Redis that is too slow', () => {
  it('holds up requests for a moment only; then they are answered here, until it is quick again', async () => {
    const { take } = limiter();
    const buckets = [bucket('key', 1, 3_600_000, 50)];
    expect(await take(buckets)).toMatchObject({ allowed: true, remaining: 49 });
    await redis.call('CLIENT', 'PAUSE', '600', 'WRITE');
    expect(await take(buckets)).toMatchObject({ allowed: true, remaining: 49 });
    expect(take(buckets)).not.toBeInstanceOf(Promise);
    await vi.waitFor(async () => expect((await take(buckets))!.remaining).toBeLessThan(40), {
      timeout: 10_000,
      interval: 20,
    });
  });
});
