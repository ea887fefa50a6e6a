import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parts } from '../../test/parts.ts';
import { type Parts, startParts } from './parts.ts';
import { brokerIds, redisAnswers, registryAnswers } from './probe.ts';

const home = path.resolve(import.meta.dirname, '../../.coalmine');

describe('the parts', () => {
  it('are a Kafka, a registry that demands transitive compatibility, and a Redis', async () => {
    const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL } = parts();
    expect(await brokerIds(KAFKA_BROKERS)).not.toEqual([]);
    const config = await fetch(`${SCHEMA_REGISTRY_URL}/config`);
    expect(await config.json()).toEqual({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
    expect(await redisAnswers(REDIS_URL)).toBe(true);
  });
});

describe('a part that is taken away', () => {
  let own: Parts;

  beforeAll(async () => {
    const { SCHEMA_REGISTRY_URL } = parts();
    const env = { ...process.env, KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL, REDIS_URL: '' };
    own = await startParts({ home, ports: 'free', env, onProgress: () => {} });
  });
  afterAll(async () => await own.stop());

  it('leaves the given ones as they are', async () => {
    expect(own.env.SCHEMA_REGISTRY_URL).toBe(parts().SCHEMA_REGISTRY_URL);
    await expect(own.kill('registry', 'SIGKILL')).rejects.toThrow(/not started here/);
    expect(await registryAnswers(own.env.SCHEMA_REGISTRY_URL)).toBe(true);
  });

  it('does not answer, and answers at the same place once it is brought back', async () => {
    await own.kill('kafka', 'SIGKILL');
    await expect(brokerIds(own.env.KAFKA_BROKERS)).rejects.toThrow();
    await own.start('kafka');
    expect(await brokerIds(own.env.KAFKA_BROKERS)).toEqual([1]);

    await own.kill('redis', 'SIGKILL');
    await expect(redisAnswers(own.env.REDIS_URL)).rejects.toThrow();
    await own.start('redis');
    expect(await redisAnswers(own.env.REDIS_URL)).toBe(true);
  });
});
