import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog, silentLog } from '../../platform/process/log.ts';
import { connectRedis, type Redis } from '../../platform/redis/redis.ts';
import type { LimitResult } from './gcra.ts';
import type { Bucket } from './limits.ts';
import { createRateLimiter } from './rate-limiter.io.ts';

const bucket = (name: string, burst = 4): Bucket => ({ name, limit: { requests: 10, per: 1_000, burst } });
const opened: Redis[] = [];
afterEach(() => {
  for (const redis of opened.splice(0)) redis.disconnect();
});
const connect = (url: string): Redis => {
  const redis = connectRedis({ redisUrl: url }, silentLog);
  opened.push(redis);
  return redis;
};

describe('without Redis', () => {
  let nowMs: number;
  let lines: string[];
  const limiter = (instances = 1) =>
    createRateLimiter({
      redis: connect('redis://127.0.0.1:1'),
      log: createLog('test', 'info', { write: (line: string) => void lines.push(line) }),
      instances,
      elapsedMs: () => nowMs,
    });
  beforeEach(() => {
    nowMs = 1;
    lines = [];
  });

  it('a request without limits passes at once', () => {
    expect(limiter().take([])).toBeNull();
  });

  it('limits hold in this process, each for its share', async () => {
    const { take } = limiter(2);
    const verdicts: (LimitResult | null)[] = [];
    for (let i = 0; i < 3; i += 1) verdicts.push(await take([bucket('key:a')]));
    expect(verdicts.map((result) => result?.allowed)).toEqual([true, true, false]);
    expect(verdicts[2]).toMatchObject({ limit: 2, remaining: 0, retryAfterMs: 200, bucket: 'key:a' });
    nowMs += 200;
    expect((await take([bucket('key:a')]))?.allowed).toBe(true);
  });

  it('all buckets are charged, or none', async () => {
    const { take } = limiter();
    await take([bucket('agent:x', 1)]);
    expect(await take([bucket('key:a'), bucket('agent:x', 1)])).toMatchObject({ allowed: false, bucket: 'agent:x' });
    expect(await take([bucket('key:a')])).toMatchObject({ allowed: true, remaining: 3 });
  });

  it('nobody waits once it is known to be away, which is said once', async () => {
    const { take } = limiter();
    await take([bucket('key:a')]);
    const answers = Array.from({ length: 50 }, (_, i) => take([bucket(`key:${i}`)]));
    expect(answers.every((answer) => answer !== null && !(answer instanceof Promise))).toBe(true);
    expect(lines.filter((line) => line.includes('for request limits, is away'))).toHaveLength(1);
  });
});
