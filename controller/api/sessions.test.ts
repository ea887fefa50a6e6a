import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SESSION_FOR_MS } from '../../schemas/session-api.ts';
import { accessWith, bearer, keyFor } from '../test/api-access.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';
import { createSessions, sessionCookie } from './sessions.ts';

const simulation = createSimulation(53);
const keys = ['ann', 'viewer'].map((name) => keyFor(name, name === 'viewer' ? { roles: ['view'] } : {}));
const known = new Map(keys.map((key) => [key.sha256, key]));
let nowMs = 1_800_000_000_000;
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let origin: string;
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  const access = accessWith(...keys);
  const table = { ...access.keys, find: (sha256: string) => known.get(sha256) };
  api = await serveApi({ controller, ...access, keys: table, nowMs: () => nowMs });
  origin = `http://127.0.0.1:${api.port}`;
  const given = { ...bearer('ann'), 'content-type': 'application/yaml' };
  expect(await ask('POST', '/v1/documents', given, `${AGENT_YAML}---${rolloutYaml()}`)).toBe(200);
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

type Headers = Record<string, string>;
const ask = async (method: string, path: string, headers: Headers, body?: string): Promise<number> => {
  const given = { method: method as 'GET', headers, ...(body === undefined ? {} : { body }) };
  const response = await request(`${origin}${path}`, given);
  await response.body.dump();
  return response.statusCode;
};
const signIn = async (who: string): Promise<string> => {
  const response = await request(`${origin}/v1/session`, { method: 'POST', headers: { ...bearer(who), origin } });
  await response.body.dump();
  return String(response.headers['set-cookie']);
};
const own = (): Headers => ({ 'x-coalmine-csrf': '1', origin });
const PAUSE = '/v1/rollouts/support-v2/pause';

describe('a session', () => {
  it('stands for the key that opened it, with its role, in a cookie that no script reads and no other site sends', async () => {
    const set = await signIn('viewer');
    expect(set).toMatch(/^coalmine_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    const cookie = set.split(';')[0]!;
    expect(await ask('GET', '/v1/agents', { cookie: `a=b; ${cookie}` })).toBe(200);
    expect(await ask('POST', PAUSE, { cookie, ...own() })).toBe(403);
    expect(sessionCookie('x', 1, false)).toMatch(/; Secure$/);
  });

  it('is opened with a key and with nothing else', async () => {
    const cookie = (await signIn('ann')).split(';')[0]!;
    expect(await ask('POST', '/v1/session', { cookie, ...own() })).toBe(401);
    expect(await ask('POST', '/v1/session', {})).toBe(401);
  });

  it('changes nothing without the header that no other site can send, or from elsewhere', async () => {
    const cookie = (await signIn('ann')).split(';')[0]!;
    for (const headers of [
      {},
      { origin },
      { 'x-coalmine-csrf': '1' },
      { 'x-coalmine-csrf': '1', origin: 'http://evil.example' },
      { 'x-coalmine-csrf': '1', origin, 'sec-fetch-site': 'same-site' },
      { 'x-coalmine-csrf': '1', 'sec-fetch-site': 'none' },
    ] as Headers[])
      expect(await ask('POST', PAUSE, { cookie, ...headers }), JSON.stringify(headers)).toBe(403);
    expect(await ask('GET', '/v1/agents', { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask('POST', PAUSE, { cookie, 'x-coalmine-csrf': '1', 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(controller.decisions('support', 1)).toMatchObject([{ type: 'pause', by: 'ann (key_ann)' }]);
  });

  it('is over when it is closed, when its key is revoked, and after twelve hours', async () => {
    const cookieOf = async (): Promise<string> => (await signIn('ann')).split(';')[0]!;
    const see = (cookie: string): Promise<number> => ask('GET', '/v1/agents', { cookie });
    const closed = await cookieOf();
    expect(await ask('DELETE', '/v1/session', { cookie: closed, ...own() })).toBe(200);
    expect(await see(closed)).toBe(401);
    const [revoked, old] = [await cookieOf(), await cookieOf()];
    const key = keyFor('ann');
    known.set(key.sha256, { ...key, revokedAtMs: 1 });
    expect(await see(revoked)).toBe(401);
    known.set(key.sha256, key);
    expect(await see(old)).toBe(200);
    nowMs += SESSION_FOR_MS;
    expect(await see(old)).toBe(401);
    expect(await see('coalmine_session=made-up')).toBe(401);
  });

  it('of one key are twenty, the one that was not used for longest goes first', () => {
    const sessions = createSessions();
    for (let i = 0; i < 21; i++) sessions.open(`id${i}`, 'key', 0);
    expect([sessions.find('id0', 0), sessions.find('id1', 0), sessions.find('id20', 0)]).toEqual([
      undefined,
      'key',
      'key',
    ]);
  });
});
