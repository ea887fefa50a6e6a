import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { KEY_SHAPE, type ApiKey } from '../../schemas/api-key.ts';
import { parts } from '../../test/parts.ts';

const { REDIS_URL } = parts();
const run = promisify(execFile);
const keys = (...args: string[]) =>
  run(process.execPath, ['cli/coalmine.ts', 'keys', ...args], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: { ...process.env, REDIS_URL },
  });

it('a key is made, listed by its hash alone, and revoked', async () => {
  const made = await keys('create', '--name', 'ann', '--role', 'pin', '--agent', 'support', '--claim', 'team=red');
  const key = made.stdout.trim();
  expect(key).toMatch(KEY_SHAPE);
  expect(made.stderr).not.toContain(key);

  const find = async (): Promise<ApiKey> => {
    const { stdout } = await keys('list', '--json');
    expect(stdout).not.toContain(key);
    return (JSON.parse(stdout) as ApiKey[]).find(({ sha256 }) => sha256 === hash('sha256', key, 'hex'))!;
  };
  const record = await find();
  expect(record).toMatchObject({ name: 'ann', roles: ['pin'], agents: ['support'], claims: { team: 'red' } });
  expect([record.limit, record.expiresAtMs, record.revokedAtMs]).toEqual([null, null, null]);

  expect(made.stderr).toContain('no evidence in a rollout. Is it the key of an application of your own?');
  const vouched = await keys('create', '--name', 'app', '--role', 'subjects');
  expect(vouched.stderr).not.toContain('no evidence');

  await keys('revoke', record.id);
  expect((await find()).revokedAtMs).toBeGreaterThan(0);
  await expect(keys('revoke', 'key_none')).rejects.toMatchObject({ code: 1 });
});
