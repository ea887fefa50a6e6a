import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { context } from './context.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';

let folder: string;
let keyFile: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-context-'));
  keyFile = path.join(folder, 'ann.key');
  writeFileSync(keyFile, 'cm_live_hush');
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]): Promise<Ended> => runVerb(context, args, { XDG_CONFIG_HOME: folder });

it('is set, shown, changed and removed, and of a key no more than its file is kept', async () => {
  expect((await run('set', 'prod', '--url', 'https://a.example', '--key-file', keyFile)).stderr).toContain(
    'used from now on',
  );
  expect((await run('set', 'stage', '--url', 'https://b.example')).stderr).toContain('context use stage');
  expect((await run('use', 'stage')).code).toBe(0);
  expect((await run('show')).stdout).toMatch(
    / +prod +https:\/\/a\.example +\S+ann\.key\n\* +stage +https:\/\/b\.example\n/,
  );
  expect(readFileSync(path.join(folder, 'coalmine/context.json'), 'utf8')).not.toContain('hush');
  await run('remove', 'stage');
  expect(JSON.parse((await run('show', '--json')).stdout)).toMatchObject({ used: null, contexts: { prod: {} } });
});

it.each([
  [['set', 'prod', '--url', 'https://ann:hush@a.example'], 'has a user or a password'],
  [['set', 'prod', '--url', 'https://a.example', '--redis-url', 'redis://:hush@r'], 'REDIS_PASSWORD_FILE'],
  [['set', 'a b', '--url', 'https://a.example'], 'letters, digits'],
])('refuses %j with 2', async (args, words) => {
  expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
});

it('that is not there can’t be used, nor a key file', async () => {
  const lacking = await run('set', 'prod', '--url', 'https://a.example', '--key-file', 'missing.key');
  expect(lacking).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no file') });
  expect(await run('use', 'lost')).toMatchObject({ code: 1, stderr: expect.stringContaining('there are: none') });
});
