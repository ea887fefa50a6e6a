import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadedPolicy } from './policy-document.ts';
import { readPolicy } from './policy-document.ts';
import { followPolicy } from './policy-file.io.ts';
import type { PolicyFile } from './policy-file.io.ts';

const HEAD = 'apiVersion: coalmine/v1\nkind: IngressPolicy\nmetadata: { name: NAME }\n';
const policy = (name: string, spec = '{}'): string => `${HEAD.replace('NAME', name)}spec: ${spec}\n`;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

let folder: string;
let file: string;
let facts: string[];
const followed: PolicyFile[] = [];

const follow = async (more: { file?: undefined; env?: NodeJS.ProcessEnv; pollEveryMs?: number } = {}) => {
  const changes: LoadedPolicy[] = [];
  const made = await followPolicy({
    file,
    env: {},
    events: {
      policyMissing: () => facts.push('missing'),
      policyApplied: (name) => facts.push(`applied ${name}`),
      policyRefused: (where, reason) => facts.push(`refused ${path.basename(where)}: ${reason}`),
    },
    onChange: (loaded) => changes.push(loaded),
    pollEveryMs: 20,
    ...more,
  });
  followed.push(made);
  return { made, changes, name: () => made.current().policy.metadata.name };
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'coalmine-policy-'));
  file = path.join(folder, 'policy.yaml');
  facts = [];
});
afterEach(async () => {
  await Promise.all(followed.splice(0).map((one) => one.stop()));
  await rm(folder, { recursive: true });
});

describe('a policy file', () => {
  it('is in force from the start, as YAML or JSON', async () => {
    await writeFile(file, policy('one'));
    expect((await follow()).name()).toBe('one');
    await writeFile(
      file,
      JSON.stringify({ apiVersion: 'coalmine/v1', kind: 'IngressPolicy', metadata: { name: 'two' }, spec: {} }),
    );
    expect((await follow()).name()).toBe('two');
  });

  it('is read again when it is written, and when another is put in its place', async () => {
    await writeFile(file, policy('one'));
    const { name, changes } = await follow();
    await writeFile(file, policy('two'));
    await until(() => expect(name()).toBe('two'));
    await writeFile(path.join(folder, 'aside'), policy('three'));
    await rename(path.join(folder, 'aside'), file);
    await until(() => expect(name()).toBe('three'));
    expect(changes.map((one) => one.policy.metadata.name)).toEqual(['one', 'two', 'three']);
  });

  it('is heard of without waiting for the poll', async () => {
    await writeFile(file, policy('one'));
    const { name } = await follow({ pollEveryMs: 600_000 });
    await writeFile(file, policy('two'));
    await until(() => expect(name()).toBe('two'));
  });

  it('is followed through the links that Kubernetes swaps', async () => {
    for (const version of ['one', 'two']) {
      await mkdir(path.join(folder, version));
      await writeFile(path.join(folder, version, 'policy.yaml'), policy(version));
    }
    await symlink('one', path.join(folder, '..data'));
    await symlink(path.join('..data', 'policy.yaml'), file);
    const { name } = await follow();
    expect(name()).toBe('one');
    await symlink('two', path.join(folder, '..new'));
    await rename(path.join(folder, '..new'), path.join(folder, '..data'));
    await until(() => expect(name()).toBe('two'));
  });

  it('with a bad document leaves the one before in force, and says so once', async () => {
    await writeFile(file, policy('one'));
    const { name, made } = await follow();
    await writeFile(file, policy('two', '{ limits: { perKey: { requests: 0 } }, wrong: 1 }'));
    await until(() => expect(made.lastError()).not.toBeNull());
    expect(name()).toBe('one');
    expect(made.lastError()).toContain('spec.limits.perKey.requests');
    expect(made.lastError()).toContain('spec.wrong: unknown field');
    await writeFile(file, policy('three'));
    await until(() => expect(name()).toBe('three'));
    expect(made.lastError()).toBeNull();
    expect(facts.map((fact) => fact.split(':')[0])).toEqual(['applied one', 'refused policy.yaml', 'applied three']);
  });

  it('that goes away leaves its policy in force', async () => {
    await writeFile(file, policy('one'));
    const { name, made } = await follow();
    await unlink(file);
    await until(() => expect(made.lastError()).toBe('there is no such file'));
    expect(name()).toBe('one');
  });

  it('that is bad at the start is no start', async () => {
    await expect(follow()).rejects.toThrow(`the ingress policy in ${file} is refused: there is no such file`);
    await writeFile(file, policy('one', '{ limits: { perKey: 5 } }'));
    await expect(follow()).rejects.toThrow('spec.limits.perKey');
  });

  it('that is not given admits only keys, with a warning', async () => {
    const { made } = await follow({ file: undefined });
    expect(made.current().policy.spec.access.anonymous).toBeNull();
    expect(facts).toEqual(['missing']);
  });
});

describe('a document', () => {
  const reasons = (text: string, env: NodeJS.ProcessEnv = {}): string => {
    const read = readPolicy(text, env);
    return 'reasons' in read ? read.reasons.join('\n') : '';
  };

  const credential = (origin: string): string =>
    policy('one', `{ credentials: [{ origin: '${origin}', header: authorization, env: PROVIDER_KEY }] }`);

  it.each([
    ['', 'the file must hold one document'],
    ['just a text', 'the document: '],
    [policy('one', '{ cors: { origins: [app.example.com] } }'), 'Invalid URL'],
    [policy('one', '{ cors: { origins: [https://app.example.com/x] } }'), 'spec.cors.origins.0: '],
    [policy('one', '{ cors: { origins: [https://app.example.com/?x=1] } }'), 'an origin has no path and no query'],
    [policy('one', '{ cors: { origins: ["https://ann:pw@app.example.com"] } }'), 'has a user or a password in it'],
    [policy('one', '{ cors: { origins: ["https://app.example.com#a"] } }'), 'spec.cors.origins.0: has a fragment'],
    [credential('https://ann:pw@api.example.com'), 'spec.credentials.0.origin: has a user or a password in it'],
    [credential('https://api.example.com#part'), 'spec.credentials.0.origin: has a fragment'],
    [credential('https://api.example.com/v1'), 'spec.credentials.0.origin: an origin has no path and no query'],
    ['a: [', 'line 1, column '],
    ['a: 1\na: 2', 'line 2, column 1: keys must be unique'],
    [`${policy('a')}---\n${policy('b')}`, 'the file must hold one document'],
    [policy('one').replace('IngressPolicy', 'Agent'), 'kind: '],
    [policy('one', '{ access: { anonymus: {} } }'), 'spec.access.anonymus: unknown field'],
    [policy('one', '{ access: { trustedProxies: [10.0.0.0/33] } }'), 'spec.access.trustedProxies.0: '],
    [policy('one', '{ defaults: { upstream: { idleTimeout: 5 } } }'), 'spec.defaults.upstream.idleTimeout: '],
  ])('%j is refused with the place: %s', (text, reason) => {
    expect(reasons(text)).toContain(reason);
  });

  const withCredential = policy(
    'one',
    "{ credentials: [{ origin: 'https://api.example.com', header: authorization, prefix: 'Bearer ', env: PROVIDER_KEY }] }",
  );

  it('gets its credentials from the environment', () => {
    expect(readPolicy(withCredential, { PROVIDER_KEY: 'k1' })).toMatchObject({
      credentials: [{ origin: 'https://api.example.com', header: 'authorization', value: 'Bearer k1' }],
    });
  });

  it('is refused without one of them, and never tells a value', () => {
    expect(reasons(withCredential)).toBe('spec.credentials.0.env: PROVIDER_KEY is not set in the environment');
    const told = reasons(withCredential, { PROVIDER_KEY: 'secret\r\nx: y' });
    expect(told).toBe("spec.credentials.0.env: the value of PROVIDER_KEY can't stand in a header");
  });
});
