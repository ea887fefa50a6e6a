import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const parts = {
  KAFKA_BROKERS: 'a:1,b:2',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
};

describe('the mirror’s configuration', () => {
  it('needs only the parts, and sets no limit to the money by itself', () => {
    expect(readConfig(parts)).toMatchObject({
      brokers: ['a:1', 'b:2'],
      instance: 'mirror-1',
      concurrency: 16,
      captureLimitBytes: 262_144,
    });
    expect(readConfig(parts).maxUsdPerHour).toBe(Number.POSITIVE_INFINITY);
    expect(readConfig({ ...parts, MIRROR_MAX_USD_PER_HOUR: '0' }).maxUsdPerHour).toBe(0);
  });

  it.each([
    [{ MIRROR_MAX_USD_PER_HOUR: '-1' }, /MIRROR_MAX_USD_PER_HOUR is wrong/],
    [{ MIRROR_CAPTURE_LIMIT_BYTES: '1000000' }, /MIRROR_CAPTURE_LIMIT_BYTES is wrong/],
    [{ MIRROR_CONCURRENCY: 'many' }, /MIRROR_CONCURRENCY is wrong/],
    [{ REDIS_URL: '' }, /REDIS_URL is missing/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));
});
