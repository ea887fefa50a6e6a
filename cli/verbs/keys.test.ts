import { describe, expect, it } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { keyTable } from '../keys/key-table.ts';
import { keys } from './keys.ts';
import { claims, duration, keyName, limit } from './option-values.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => runVerb(keys, args, env);

describe('the keys command', { timeout: 30_000 }, () => {
  it('says that Redis is away, and never a password', async () => {
    const ended = await run(['create', '--name', 'ann'], { REDIS_URL: 'redis://user:hush@127.0.0.1:1' });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('Redis at 127.0.0.1:1 (REDIS_URL) did not answer');
    expect(ended.stderr).not.toContain('hush');
  });

  it('says which variable it lacks', async () => {
    const ended = await run(['list'], { REDIS_URL: '', CONTROLLER_URL: 'http://127.0.0.1:9' });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('REDIS_URL is missing');
  });

  it.each([
    [['create'], "required option '--name <text>' not specified"],
    [['create', '--name', 'a', '--limit', '5'], 'like 100/1m'],
    [['create', '--name', 'a', '--expires', 'soon'], 'like 90d'],
    [['create', '--name', 'a', '--agent', 'a b'], "an agent's name"],
    [['revoke'], 'missing required argument'],
    [['lost'], "unknown command 'lost'"],
  ])('ends with 2 and a word on what is wrong: %j', async (args, words) => {
    const ended = await run(args);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(words);
  });

  it('teaches by its help', async () => {
    const ended = await run(['--help']);
    expect(ended.code).toBe(0);
    for (const word of ['create', 'list', 'revoke', 'Examples:', 'Exit codes:']) expect(ended.stdout).toContain(word);
  });
});

describe('its options', () => {
  it('take no name that a reader of the log would take for a part of coalmine, or could not read', () => {
    for (const name of ['controller', 'Controller ', 'judge', 'anonymous'])
      expect(() => keyName(name)).toThrow('another');
    for (const name of ['', '  ', 'a\nb', 'a\u202eb', 'x'.repeat(101)])
      expect(() => keyName(name)).toThrow('give a name');
    expect([keyName(' zoë '), keyName('support app')]).toEqual(['zoë', 'support app']);
  });

  it('read limits and durations as documents do', () => {
    expect(limit('100/1m')).toEqual({ requests: 100, per: 60_000, burst: 10 });
    expect(limit('5/2h:1')).toEqual({ requests: 5, per: 7_200_000, burst: 1 });
    expect(duration('90d')).toBe(7_776_000_000);
    for (const text of ['100', '100/', '0/1m', '5/0s', '5/1m:0', '-5/1m']) expect(() => limit(text)).toThrow('give');
  });

  it('gather claims, whose values may hold anything', () => {
    expect(claims('b=2=3', claims('a=1', {}))).toEqual({ a: '1', b: '2=3' });
    expect(() => claims('a', {})).toThrow('name=value');
  });
});

it('the list has a line for each key, with its state', () => {
  const lines = keyTable(
    [
      keyOf('b', { createdAtMs: 2, revokedAtMs: 3 }),
      keyOf('a', { expiresAtMs: 86_400_000 }),
      keyOf('c', { createdAtMs: 3 }),
    ],
    86_400_000,
  );
  expect(lines.slice(1).map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    ['key_a', 'key a', 'expired'],
    ['key_b', 'key b', 'revoked'],
    ['key_c', 'key c', 'active'],
  ]);
});
