import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keyFor } from './access.ts';
import { isSamePort, readLocal, removeLocal, writeLocal } from './local-controller.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-access-'));
  file = path.join(folder, 'controller.json');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('the key of this machine’s admin is for its controller’s port on this machine, and for nothing else', () => {
  const local = 'http://127.0.0.1:8090';
  for (const same of ['http://127.0.0.1:8090', 'http://localhost:8090/', 'http://[::1]:8090/base?x=1'])
    expect(isSamePort(same, local)).toBe(true);
  for (const other of [
    'http://127.0.0.1:8091',
    'https://127.0.0.1:8090',
    'http://control.example:8090',
    'http://localhost.evil.example:8090',
    'http://127.0.0.1:8090@evil.example:8090',
    'http://10.0.0.1:8090',
    'no URL',
  ])
    expect(isSamePort(other, local)).toBe(false);
});

it('a key in the environment, or in the file that it names, counts before that of this machine', () => {
  const keyFile = path.join(folder, 'ann.key');
  writeFileSync(keyFile, 'cm_live_of_the_file\n');
  vi.stubEnv('CONTROLLER_KEY_FILE', keyFile);
  expect(keyFor('https://control.example')).toBe('cm_live_of_the_file');
  vi.stubEnv('CONTROLLER_KEY', 'cm_live_given');
  expect(keyFor('https://control.example')).toBe('cm_live_given');
});

it('a key file that can’t be read is named, and nothing is asked without it', () => {
  vi.stubEnv('CONTROLLER_KEY_FILE', path.join(folder, 'missing.key'));
  expect(() => keyFor('http://127.0.0.1:8090')).toThrow(/the key can't be read from .*missing\.key/);
});

it('what is said of the controller of this machine is taken back by the start that said it, and by no other', () => {
  const [first, second] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'].map((url) => ({ url, keyFile: 'k', parts: {} }));
  writeLocal(first!, file);
  writeLocal(second!, file);
  removeLocal(first!, file);
  expect(readLocal(file)).toEqual(second);
  removeLocal(second!, file);
  expect(readLocal(file)).toBeNull();
  writeFileSync(file, '{"url":1}');
  expect(readLocal(file)).toBeNull();
});
