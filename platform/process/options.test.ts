import path from 'node:path';
import { inspect } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EnvError, helpText, option, optionRows, readOptions, secretOption, secretText } from './options.ts';
import { partsOptions } from './service-options.ts';

const OPTIONS = {
  brokers: partsOptions.brokers,
  registryUrl: partsOptions.registryUrl,
  redisUrl: partsOptions.redisUrl,
  logLevel: partsOptions.logLevel,
  port: option('JUDGE_PORT', z.coerce.number().int().default(8083), 'a port'),
  maxUsd: option('JUDGE_MAX_USD', z.coerce.number().default(Number.POSITIVE_INFINITY), 'US dollars'),
  rubricFiles: option('JUDGE_RUBRICS', z.string().optional(), 'files'),
};
const good = { KAFKA_BROKERS: 'a:1,b:2', SCHEMA_REGISTRY_URL: 'http://r', REDIS_URL: 'redis://h:1', OTHER: 'x' };

it('reads each option under the name that code has for it, with defaults for what is unset or empty', () => {
  expect(readOptions(OPTIONS, { ...good, LOG_LEVEL: '' })).toEqual({
    brokers: ['a:1', 'b:2'],
    registryUrl: 'http://r',
    redisUrl: 'redis://h:1',
    logLevel: 'info',
    port: 8083,
    maxUsd: Number.POSITIVE_INFINITY,
    rubricFiles: undefined,
  });
});

it('names every bad or missing variable and what it wants, and never its value', () => {
  const env = { ...good, KAFKA_BROKERS: 'kafka', REDIS_URL: '', JUDGE_PORT: 'hunter2' };
  const error = ((): unknown => {
    try {
      return readOptions(OPTIONS, env);
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

it('says of each option what it is without it', () => {
  expect(optionRows(OPTIONS).map(([name, fallback]) => [name, fallback])).toEqual([
    ['KAFKA_BROKERS', 'needed'],
    ['SCHEMA_REGISTRY_URL', 'needed'],
    ['REDIS_URL', 'needed'],
    ['LOG_LEVEL', 'info'],
    ['JUDGE_PORT', '8083'],
    ['JUDGE_MAX_USD', 'no limit'],
    ['JUDGE_RUBRICS', 'none'],
  ]);
});

it('prints each option with its default and what it means', () => {
  const { brokers, port } = OPTIONS;
  expect(helpText('judge', { brokers, port }))
    .toBe(`judge is set by variables of its environment; an empty one counts as unset.

KAFKA_BROKERS (needed)
    host:port of Kafka brokers, comma-separated

JUDGE_PORT (default: 8083)
    a port
`);
});

describe('a secret', () => {
  const SECRETS = {
    password: secretOption('DOOR_PASSWORD', z.string().min(4, 'too short').optional(), 'the password of the door'),
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'secrets-'));
  const file = path.join(folder, 'password');
  afterAll(() => rmSync(folder, { recursive: true }));
  const complaintOf = (env: NodeJS.ProcessEnv): string => {
    try {
      return JSON.stringify(readOptions(SECRETS, env));
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('stands in its variable, or in a file that is read at each use', () => {
    expect(readOptions(SECRETS, {}).password).toBeNull();
    expect(secretText(readOptions(SECRETS, { DOOR_PASSWORD: 'hunter2' }).password!)).toBe('hunter2');
    writeFileSync(file, 'first\n');
    const { password } = readOptions(SECRETS, { DOOR_PASSWORD_FILE: file });
    expect(secretText(password!)).toBe('first');
    writeFileSync(file, 'second');
    expect(secretText(password!)).toBe('second');
  });

  it('is named when it is wrong, missing or set twice, and is in no complaint, value or help text', () => {
    writeFileSync(file, 'abc\n');
    expect(complaintOf({ DOOR_PASSWORD: 'abc' })).toBe(
      'DOOR_PASSWORD is wrong (too short); it wants the password of the door',
    );
    expect(complaintOf({ DOOR_PASSWORD_FILE: file })).toMatch(/^DOOR_PASSWORD_FILE is wrong \(too short\)/);
    expect(complaintOf({ DOOR_PASSWORD: 'hunter2', DOOR_PASSWORD_FILE: file })).toBe(
      'DOOR_PASSWORD and DOOR_PASSWORD_FILE are both set; keep one',
    );
    expect(complaintOf({ DOOR_PASSWORD_FILE: `${file}.lost` })).toBe(
      "the file of DOOR_PASSWORD_FILE can't be read (ENOENT)",
    );
    const values = readOptions(SECRETS, { DOOR_PASSWORD: 'hunter2' });
    expect(`${JSON.stringify(values)} ${inspect(values)}`).not.toContain('hunter2');
    expect(helpText('door', SECRETS)).toContain(
      'the password of the door; or DOOR_PASSWORD_FILE, a file that holds it',
    );
  });
});
