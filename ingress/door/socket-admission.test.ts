import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { keyOf } from '../../schemas/api-key.fixture.ts';
import { closeAfterEach, textOf, upstreamThat } from '../uws/socket-client.harness.ts';
import { openRaw } from '../uws/raw-websocket.harness.ts';
import { echo } from '../uws/uws-websocket.harness.ts';
import { answerJson, startFrontDoor, startUpstream, until, viewOf } from '../test/front-door.harness.ts';

closeAfterEach();

/** A client through its handshake, with the exchange id that this brought. */
const connect = async (url: string, options: ClientOptions = {}) => {
  const socket = new WebSocket(url, options);
  const got: string[] = [];
  socket.on('message', (data) => got.push(textOf(data)));
  const [[response]] = await Promise.all([
    once(socket, 'upgrade') as Promise<[{ headers: Record<string, string> }]>,
    once(socket, 'open'),
  ]);
  return { socket, got, exchangeId: response.headers['x-coalmine-exchange-id']! };
};

it('publishes the turns of a connection, and takes feedback on the id of its handshake', async () => {
  const upstream = await upstreamThat(echo);
  const door = await startFrontDoor({ views: [viewOf(`${upstream.url}/base/?api-version=2`, upstream.url, 0)] });
  const { socket, got, exchangeId } = await connect(`${door.url.replace('http', 'ws')}/agents/support/talk?room=1`);
  for (const text of ['{"q":1}', '{"q":2}']) {
    socket.send(text);
    await until(() => got.at(-1) === text, 'the echo');
  }
  expect(upstream.requests[0]!.url).toBe('/base/talk?api-version=2&room=1');
  socket.close();
  await until(() => door.exchanges().length === 2, 'both turns');
  const [first, second] = door.exchanges();
  expect(first).toMatchObject({
    exchangeId,
    agent: 'support',
    method: 'WS',
    assignedArm: 'stable',
    outcome: 'ok',
    requestBody: { text: '{"q":1}', contentType: 'application/json', state: 'full' },
    responseBody: { text: '{"q":1}' },
  });
  expect(second).toMatchObject({ metadata: { 'coalmine-connection': exchangeId, 'coalmine-turn': '2' } });
  const body = JSON.stringify({ exchange_id: exchangeId, thumbs: 'up' });
  const told = await fetch(`${door.url}/v1/feedback`, { method: 'POST', body });
  expect(told.status).toBe(202);
  await until(() => door.feedback().length === 1, 'the feedback');
  expect(door.feedback()[0]).toMatchObject({ exchangeId, version: 'v1' });
  await door.close();
});

it('closes the connections of a candidate that was rolled back, and no other', async () => {
  const [stable, candidate] = [await upstreamThat(echo), await upstreamThat(echo)];
  const policy = { defaults: { capture: { mode: 'full' as const }, rollbackDrain: '20ms' } };
  const door = await startFrontDoor({ views: [viewOf(stable.url, candidate.url, 50)], policy });
  const url = `${door.url.replace('http', 'ws')}/agents/support/talk`;
  const connections = await Promise.all(
    Array.from({ length: 10 }, (_, i) => connect(url, { headers: { 'x-session-id': `s${i}` } })),
  );
  const onStable = stable.sockets.size;
  expect(onStable).toBeGreaterThan(0);
  expect(onStable).toBeLessThan(10);
  const codes: number[] = [];
  for (const { socket } of connections) socket.on('close', (code) => codes.push(code));
  door.routed(viewOf(stable.url, candidate.url, 0, { sequence: 4 }));
  await until(() => codes.length === 10 - onStable, 'the closes');
  expect(new Set(codes)).toEqual(new Set([1012]));
  expect(stable.sockets.size).toBe(onStable);
  await door.close();
});

it('brings the bytes of a handshake’s headers as they were sent', async () => {
  const upstream = await upstreamThat(echo);
  const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)] });
  const value = '"Jürgen – 中文"';
  const raw = await openRaw(door.server.port, '/agents/support/talk', { 'x-name': value });
  expect(raw.head).toContain('101 Switching');
  raw.socket.destroy();
  const got = upstream.requests[0]!.headers['x-name'] as string;
  expect(Buffer.from(got, 'latin1').toString()).toBe(value);
  await door.close();
});

describe('a key among the subprotocols, as browsers send it', () => {
  const KEY = `cm_live_${'k'.repeat(43)}`;
  const keys = [keyOf('a', { sha256: hash('sha256', KEY, 'hex') })];
  const offer = async (url: string, protocols: string[]) => {
    const socket = new WebSocket(url, protocols);
    socket.on('error', () => {});
    const refused = once(socket, 'unexpected-response') as Promise<[unknown, { statusCode: number }]>;
    const opened = once(socket, 'open').then(() => null);
    refused.catch(() => {});
    opened.catch(() => {});
    const answer = await Promise.race([opened, refused]);
    if (answer === null) socket.close();
    return answer === null ? socket.protocol : answer[1].statusCode;
  };

  it('admits its caller, and neither goes on nor comes back: another one is agreed on', async () => {
    const upstream = await upstreamThat(echo);
    const door = await startFrontDoor({
      views: [viewOf(upstream.url, upstream.url, 0)],
      keys,
      policy: { access: { anonymous: null } },
    });
    const url = `${door.url.replace('http', 'ws')}/agents/support/talk`;
    const protocols = ['realtime', `openai-insecure-api-key.${KEY}`, 'openai-beta.realtime-v1'];
    expect(await offer(url, protocols)).toBe('realtime');
    expect(upstream.requests[0]!.headers['sec-websocket-protocol']).toBe('realtime,openai-beta.realtime-v1');
    expect(JSON.stringify(upstream.requests[0]!.headers)).not.toContain(KEY);
    expect(await offer(url, ['realtime'])).toBe(401);
    await door.close();
  });

  it('that is unknown is refused also where callers without one are admitted, and one of others counts as none', async () => {
    const upstream = await upstreamThat(echo);
    const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)], keys });
    const url = `${door.url.replace('http', 'ws')}/agents/support/talk`;
    expect(await offer(url, ['realtime', `openai-insecure-api-key.cm_live_${'x'.repeat(43)}`])).toBe(401);
    expect(await offer(url, ['realtime', 'openai-insecure-api-key.sk-other'])).toBe('realtime');
    expect(upstream.requests.map(({ headers }) => headers['sec-websocket-protocol'])).toEqual(['realtime']);
    await door.close();
  });

  it('may stand anywhere, beside others or alone: the answer names one that is no key, or none', async () => {
    const upstream = await upstreamThat(echo);
    const door = await startFrontDoor({
      views: [viewOf(upstream.url, upstream.url, 0)],
      keys,
      policy: { access: { anonymous: null } },
    });
    const marked = `openai-insecure-api-key.${KEY}`;
    const chosen: [string, string | undefined][] = [
      [`${marked}, realtime`, 'realtime'],
      [`openai-insecure-api-key.sk-other,${marked} ,realtime, v2`, 'realtime'],
      [`v2, ${KEY}, realtime`, 'v2'],
      [marked, undefined],
      [KEY, undefined],
    ];
    for (const [offered, protocol] of chosen) {
      const raw = await openRaw(door.server.port, '/agents/support/talk', { 'sec-websocket-protocol': offered });
      expect(raw.head).toContain('101 Switching');
      expect(/\r\nsec-websocket-protocol: ([^\r]*)/i.exec(raw.head)?.[1]).toBe(protocol);
      expect(raw.head).not.toContain('cm_live_');
      raw.socket.destroy();
    }
    expect(upstream.requests.map(({ headers }) => headers['sec-websocket-protocol'])).toEqual([
      'realtime',
      'realtime,v2',
      'v2,realtime',
      undefined,
      undefined,
    ]);
    await door.close();
  });

  it('is refused with what is told of any key, and names no protocol', async () => {
    const upstream = await upstreamThat(echo);
    const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)], keys });
    for (const header of ['sec-websocket-protocol', 'x-api-key', 'api-key']) {
      const raw = await openRaw(door.server.port, '/agents/support/talk', { [header]: `cm_live_${'x'.repeat(43)}` });
      await raw.ended();
      expect(raw.head).toContain('401');
      expect([raw.head.toLowerCase().includes('sec-websocket-protocol'), raw.body.includes('cm_live_')]).toEqual([
        false,
        false,
      ]);
    }
    expect(upstream.requests).toHaveLength(0);
    await door.close();
  });

  it('is not taken from a plain request to its version', async () => {
    const seen: (string | undefined)[] = [];
    const upstream = await startUpstream((res, _body, req) => {
      seen.push(req.headers['sec-websocket-protocol']);
      answerJson(res, {});
    });
    const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)], keys });
    const offered = `realtime, openai-insecure-api-key.${KEY}`;
    await request(`${door.url}/agents/support/talk`, { headers: { 'sec-websocket-protocol': offered } });
    expect(seen).toEqual([undefined]);
    await door.close();
    await upstream.close();
  });
});

it('speaks over TLS', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'coalmine-wss-'));
  const tls = { certFile: path.join(dir, 'cert.pem'), keyFile: path.join(dir, 'key.pem') };
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  writeFileSync(tls.certFile, made.cert);
  writeFileSync(tls.keyFile, made.private);
  const upstream = await upstreamThat(echo);
  const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)], tls });
  const url = `${door.url.replace('http', 'ws')}/agents/support/talk`;
  for (let i = 0; i < 20; i += 1) {
    const { socket, got } = await connect(url, { ca: made.cert });
    const long = 'x'.repeat(100_000 + i);
    socket.send(long);
    await until(() => got[0] === long, 'the echo');
    if (i % 2 === 0) socket.close();
  }
  await door.close();
  rmSync(dir, { recursive: true, force: true });
});
