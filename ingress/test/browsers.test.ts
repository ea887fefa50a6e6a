import { hash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { startFrontDoor, viewOf } from './front-door.harness.ts';
import type { TestFrontDoor } from './front-door.harness.ts';
import { startEchoVersion } from './http-abuse-play.harness.ts';
import type { EchoVersion } from './http-abuse-play.harness.ts';
import { callRaw } from './raw-http.harness.ts';

/** What a page in a browser gets of a front door on loopback that lets callers without a key in. */

const KEY = `cm_live_${'b'.repeat(43)}`;
const keys = [keyOf('a', { sha256: hash('sha256', KEY, 'hex') })];
const APP = 'https://app.example.com';

let version: EchoVersion;
let door: TestFrontDoor;
beforeAll(async () => {
  version = await startEchoVersion();
  const view = viewOf(version.url, version.url, 0);
  const policy = { cors: { origins: [APP] } };
  door = await startFrontDoor({ views: [view], keys, policy, isOnLoopback: true });
});
afterAll(async () => {
  await door.close();
  await version.close();
});

const body = JSON.stringify({ model: 'support', user: 'page' });
type Told = { status: number; code: unknown; asked: number };
const told = async (method: string, path: string, headers: Record<string, string>): Promise<Told> => {
  const before = version.marks.length;
  const sent = method === 'POST' ? body : '';
  const options = { method, headers: { ...headers, 'content-type': 'text/plain' } };
  const answer = await callRaw(`${door.url}${path}`, options, sent);
  const text = answer.body.toString();
  const code = text.startsWith('{"error"') ? (JSON.parse(text) as { error: { code: unknown } }).error.code : null;
  return { status: answer.status, code, asked: version.marks.length - before };
};
const own = (): string => `127.0.0.1:${door.server.port}`;

describe('a page of another origin', () => {
  it.each([
    ['https://evil.example', {}],
    ['null', {}],
    ['http://127.0.0.1:1', {}],
    ['http://localhost', {}],
    ['file://', {}],
    ['not an origin', {}],
    [`${APP}.evil.example`, {}],
    [`${APP}:8443`, {}],
    ['https://evil.example', { authorization: `Bearer ${KEY}` }],
  ])('runs no model: %s', async (origin, more) => {
    for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/feedback', '/agents/support/x'])
      expect(await told('POST', path, { origin, ...more })).toEqual({
        status: 403,
        code: 'origin_not_allowed',
        asked: 0,
      });
    for (const path of ['/v1/models', '/agents/support/x', '/metrics', '/readyz'])
      expect(await told('GET', path, { origin, ...more })).toMatchObject({ status: 403, asked: 0 });
  });

  it.each(['cross-site', 'same-site'])('runs none by what tells no origin, as an image does: %s', async (site) => {
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' };
    expect(await told('GET', '/agents/support/x', headers)).toEqual({
      status: 403,
      code: 'origin_not_allowed',
      asked: 0,
    });
  });

  it('gets no WebSocket', async () => {
    expect(await handshake(own(), 'https://evil.example')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await handshake(own(), 'null')).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('may call if the policy names its origin, and so may pages of the front door itself, and programs', async () => {
    const asked = { status: 200, code: null, asked: 1 };
    expect(await told('POST', '/v1/chat/completions', { origin: APP })).toEqual(asked);
    expect(await told('POST', '/v1/chat/completions', { origin: `http://${own()}` })).toEqual(asked);
    expect(await told('POST', '/v1/chat/completions', {})).toEqual(asked);
    expect(await told('GET', '/agents/support/x', { 'sec-fetch-site': 'none' })).toEqual(asked);
    expect(await told('GET', '/agents/support/x', { 'sec-fetch-site': 'same-origin' })).toEqual(asked);
  });
});

const handshake = (host: string, origin?: string, key?: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(door.server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1'));
      socket.destroy();
    });
    const lines = [
      'GET /agents/support/ws HTTP/1.1',
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
      ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });

describe('a page that has its name resolved to this host', () => {
  it.each(['evil.example', 'localhost.evil.example:8080', '127.0.0.1.evil.example', '0.0.0.0:8080'])(
    'gets nothing of a front door on loopback: %j',
    async (host) => {
      for (const path of ['/v1/models', '/agents/support/x', '/metrics', '/livez', '/readyz'])
        expect(await told('GET', path, { host })).toMatchObject({ status: 403, asked: 0 });
      const origin = `http://${host}`;
      expect(await told('POST', '/v1/chat/completions', { host, origin })).toMatchObject({ status: 403, asked: 0 });
      expect(await told('POST', '/v1/chat/completions', { host })).toEqual({
        status: 403,
        code: 'host_not_allowed',
        asked: 0,
      });
      expect(await handshake(host, origin)).toMatch(/^HTTP\/1\.1 403 /);
    },
  );

  it('is told from whoever has a key, as behind a proxy that keeps the name', async () => {
    const headers = { host: 'api.example.com', authorization: `Bearer ${KEY}` };
    expect(await told('POST', '/v1/chat/completions', headers)).toEqual({ status: 200, code: null, asked: 1 });
    for (const host of ['localhost:1', 'LOCALHOST', '[::1]:8080', '127.0.0.1'])
      expect(await told('POST', '/v1/chat/completions', { host })).toMatchObject({ status: 200 });
  });
});

describe('the rights of an operator, by being on this host,', () => {
  it('are those of programs and of who typed the address', async () => {
    expect((await told('GET', '/metrics', {})).status).toBe(200);
    expect((await told('GET', '/metrics', { host: 'localhost', 'sec-fetch-site': 'none' })).status).toBe(200);
  });

  it('are no page’s, not even of the front door’s own origin or of one that may call', async () => {
    for (const headers of [{ origin: `http://${own()}` }, { origin: APP }, { 'sec-fetch-site': 'same-origin' }])
      expect((await told('GET', '/metrics', headers)).status).toBe(403);
  });

  it('need a name of loopback, wherever the front door listens', async () => {
    const wide = await startFrontDoor({ views: [], isOnLoopback: false });
    const status = async (path: string, host: string): Promise<number> =>
      (await callRaw(`${wide.url}${path}`, { headers: { host } })).status;
    expect(await status('/metrics', 'evil.example')).toBe(403);
    expect(await status('/metrics', 'localhost')).toBe(200);
    expect(await status('/v1/models', 'api.example.com')).toBe(200);
    await wide.close();
  });
});
