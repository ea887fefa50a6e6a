import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SESSION_FOR_MS } from '../../schemas/session-api.ts';
import { accessWith, bearer, keyFor, memorySessions } from '../test/api-access.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from '../test/simulation.fixture.ts';
import { serveApi } from './http-api.io.ts';
import { sessionCookie } from './session-cookie.ts';

const simulation = createSimulation(53);
const keys = ['ann', 'viewer'].map((name) =>
  keyFor(name, name === 'viewer' ? { roles: ['view'], agents: ['support'] } : {}),
);
const hashOf = (name: string): string => keyFor(name).sha256;
const known = new Map(keys.map((key) => [key.sha256, key]));
let nowMs = 1_800_000_000_000;
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let origin: string;
const sessionStore = memorySessions();
const access = accessWith(...keys);
const serve = (at: SimulatedController): ReturnType<typeof serveApi> => {
  const table = { ...access.keys, find: (sha256: string) => known.get(sha256) };
  return serveApi({ ...accessWith(...keys), controller: at, keys: table, sessionStore, nowMs: () => nowMs });
};
beforeAll(async () => {
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  api = await serve(controller);
  origin = `http://127.0.0.1:${api.port}`;
  const given = { ...bearer('ann'), 'content-type': 'application/yaml' };
  expect(await ask('POST', '/v1/documents', given, `${AGENT_YAML}---${rolloutYaml()}`)).toBe(200);
});
afterAll(async () => {
  await api.stop();
  await controller.stop();
});

type Headers = Record<string, string>;
const ask = async (method: string, path: string, headers: Headers, body?: string, at = origin): Promise<number> => {
  const given = { method: method as 'GET', headers, ...(body === undefined ? {} : { body }) };
  const response = await request(`${at}${path}`, given);
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
    expect(set).toMatch(
      /^coalmine_session=[0-9a-f]{64}\.[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
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
  });

  it('is not made up, nor of another key than it was opened with', async () => {
    const see = (cookie: string): Promise<number> => ask('GET', '/v1/agents', { cookie });
    const cookie = (await signIn('viewer')).split(';')[0]!;
    const own = hashOf('viewer');
    expect(cookie).toContain(own);
    expect(await see(cookie)).toBe(200);
    for (const forged of [
      cookie.replace(own, hashOf('ann')),
      `coalmine_session=${hashOf('ann')}.${'A'.repeat(43)}`,
      `coalmine_session=${hashOf('ann')}`,
      `${cookie}A`,
      'coalmine_session=made-up',
    ])
      expect(await see(forged), forged).toBe(401);
  });

  it('says who it is of, with which role and for which agents, and when it ends; so does a key', async () => {
    const cookie = (await signIn('viewer')).split(';')[0]!;
    const told = async (headers: Headers): Promise<unknown> =>
      (await request(`${origin}/v1/session`, { headers })).body.json();
    const viewer = { by: 'viewer (key_viewer)', role: 'view', agents: ['support'] };
    expect(await told({ cookie })).toEqual({ ...viewer, untilMs: nowMs + SESSION_FOR_MS });
    expect(await told(bearer('viewer'))).toEqual({ ...viewer, untilMs: null });
    expect(await told(bearer('ann'))).toMatchObject({ role: 'admin', agents: ['*'] });
  });

  it('holds at every controller and over a restart, and so does its end', async () => {
    const [cookie, closed] = [(await signIn('ann')).split(';')[0]!, (await signIn('ann')).split(';')[0]!];
    const see = (at: string, cookie: string): Promise<number> => ask('GET', '/v1/agents', { cookie }, undefined, at);
    const other = await serve(controller);
    try {
      const there = `http://127.0.0.1:${other.port}`;
      expect([await see(there, cookie), await see(there, closed)]).toEqual([200, 200]);
      const leaving = { cookie: closed, 'x-coalmine-csrf': '1', origin: there };
      expect(await ask('DELETE', '/v1/session', leaving, undefined, there)).toBe(200);
      expect([await see(origin, cookie), await see(origin, closed)]).toEqual([200, 401]);
    } finally {
      await other.stop();
    }
  });

  it('goes on where it is known while Redis is away; elsewhere, and to end it, Redis is needed', async () => {
    const cookie = (await signIn('ann')).split(';')[0]!;
    const other = await serve(controller);
    const there = `http://127.0.0.1:${other.port}`;
    sessionStore.isAway = true;
    try {
      expect(await ask('GET', '/v1/agents', { cookie })).toBe(200);
      expect(await ask('GET', '/v1/agents', { cookie }, undefined, there)).toBe(503);
      expect(await ask('DELETE', '/v1/session', { cookie, ...own() })).toBe(503);
      const ofNobody = cookie.replace(hashOf('ann'), hashOf('nobody'));
      expect(await ask('GET', '/v1/agents', { cookie: ofNobody })).toBe(401);
      const late = (await signIn('ann')).split(';')[0]!;
      expect(await ask('GET', '/v1/agents', { cookie: late })).toBe(200);
      sessionStore.isAway = false;
      expect(await ask('GET', '/v1/agents', { cookie: late })).toBe(401);
      expect(await ask('GET', '/v1/agents', { cookie }, undefined, there)).toBe(200);
    } finally {
      sessionStore.isAway = false;
      await other.stop();
    }
  });
});
