import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  it('starts everything on the documented ports when nothing is set', () => {
    expect(readConfig({})).toEqual({
      given: {},
      mode: 'local',
      isSecure: false,
      kafkaPort: 19_092,
      registryPort: 18_081,
      redisPort: 16_379,
      dataFolder: undefined,
    });
  });

  it('takes each given part by itself, and an empty variable for none', () => {
    const { given } = readConfig({ KAFKA_BROKERS: 'a:1,b:2', SCHEMA_REGISTRY_URL: 'http://r/api/', REDIS_URL: '' });
    expect(given).toEqual({ KAFKA_BROKERS: 'a:1,b:2', SCHEMA_REGISTRY_URL: 'http://r/api' });
  });

  it('names the variable that is wrong', () => {
    expect(() => readConfig({ COALMINE_REDIS_PORT: 'sixty' })).toThrow(/^COALMINE_REDIS_PORT is wrong/);
    expect(() => readConfig({ COALMINE_PARTS: 'podman' })).toThrow(/COALMINE_PARTS is wrong .*docker/);
  });
});
