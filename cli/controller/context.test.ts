import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { controllerUrl, isControllerKnown, keyFor, partsEnv } from './access.ts';
import { contextFile, readContexts, writeContexts } from './context.ts';

let folder: string;
const keyFile = (): string => path.join(folder, 'prod.key');
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-context-'));
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL', 'CONTROLLER_URL', 'CONTROLLER_KEY'])
    vi.stubEnv(name, '');
  writeFileSync(keyFile(), 'cm_live_prod\n');
  const prod = { url: 'https://control.example/base', keyFile: keyFile(), kafkaBrokers: 'k:1' };
  writeContexts({ current: 'prod', contexts: { prod, stage: { url: 'https://stage.example' } } });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('a context says where the controller is, unless the environment does, and only its owner may read it', () => {
  expect([controllerUrl(), isControllerKnown()]).toEqual(['https://control.example/base', true]);
  expect(statSync(contextFile()).mode & 0o777).toBe(0o600);
  vi.stubEnv('COALMINE_CONTEXT', 'stage');
  expect(controllerUrl()).toBe('https://stage.example');
  vi.stubEnv('CONTROLLER_URL', 'http://127.0.0.1:1');
  expect(controllerUrl()).toBe('http://127.0.0.1:1');
  vi.stubEnv('CONTROLLER_URL', '');
  vi.stubEnv('COALMINE_CONTEXT', 'lost');
  expect(controllerUrl).toThrow(/there is no context lost/);
});

it('a context’s key goes to its own controller and to no other server, port or scheme', () => {
  expect(keyFor('https://control.example/other')).toBe('cm_live_prod');
  for (const url of ['http://control.example/base', 'https://control.example:444', 'https://evil.example', 'no URL'])
    expect(keyFor(url)).toBeNull();
});

it('topics are those of the controller that is asked, and of no mixture', () => {
  expect(partsEnv()).toMatchObject({ KAFKA_BROKERS: 'k:1' });
  expect(partsEnv('https://stage.example')['KAFKA_BROKERS']).toBe('');
  vi.stubEnv('SCHEMA_REGISTRY_URL', 'http://r');
  expect(partsEnv()).toMatchObject({ KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: 'http://r' });
});

it('a file of contexts that can’t be read is named, and none is taken in its place', () => {
  writeFileSync(contextFile(), '{"current":1}');
  expect(readContexts).toThrow(contextFile());
  expect(controllerUrl).toThrow(/can't be read/);
  rmSync(contextFile());
  expect(readContexts()).toEqual({ current: null, contexts: {} });
});
