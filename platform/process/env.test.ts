import { expect, it } from 'vitest';
import { z } from 'zod';
import { EnvError, partsEnv, readEnv } from './env.ts';

const Env = z.object({ ...partsEnv, JUDGE_PORT: z.coerce.number().int().default(8083).describe('a port') });
const good = { KAFKA_BROKERS: 'a:1,b:2', SCHEMA_REGISTRY_URL: 'http://r', REDIS_URL: 'redis://h:1', OTHER: 'x' };

it('reads what the schema names, with defaults for what is unset or empty', () => {
  const { OTHER: _unread, ...named } = good;
  expect(readEnv(Env, { ...good, LOG_LEVEL: '' })).toEqual({ ...named, LOG_LEVEL: 'info', JUDGE_PORT: 8083 });
});

it('names every bad or missing variable and what it wants, and never its value', () => {
  const env = { ...good, KAFKA_BROKERS: 'kafka', REDIS_URL: '', JUDGE_PORT: 'hunter2' };
  const error = ((): unknown => {
    try {
      return readEnv(Env, env);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(EnvError);
  const lines = (error as Error).message.split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^KAFKA_BROKERS is wrong .*; it wants host:port of Kafka brokers, comma-separated$/);
  expect(lines[1]).toBe('REDIS_URL is missing; it wants URL of Redis (redis://…)');
  expect(lines[2]).toMatch(/^JUDGE_PORT is wrong .*; it wants a port$/);
  expect(lines.join()).not.toContain('hunter2');
});
