import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { joinUrl } from '../../openai/base-url.ts';
import type { SendUpstream } from '../protocol/upstream-call.ts';
import { createUpstreamHttp } from './upstream-http.io.ts';
import { createUpstreamTls } from './upstream-tls.io.ts';
import { createUpstreamWs } from './upstream-ws.io.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

const LIMITS = { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 5_000 };

/** A version on the loopback address of IPv6, and what it was asked: its own name, and for what. */
const serve = async () => {
  const asked: unknown[] = [];
  const server = createServer((req, res) => {
    asked.push([req.headers.host, req.url]);
    res.end('ok');
  });
  new WebSocketServer({ server }).on('connection', (_socket, req) => asked.push([req.headers.host, req.url]));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `[::1]:${(server.address() as AddressInfo).port}`;
  return { asked, host, upstream: `http://${host}/v1/?a=1` };
};

const statusOf = (send: SendUpstream, upstream: string): Promise<unknown> =>
  new Promise((resolve) => {
    const request = { upstream, method: 'GET', path: '/chat', headerLines: '', body: Buffer.alloc(0), limits: LIMITS };
    const onHead = (status: number): void => resolve(status);
    send(request, { onHead, onData: () => {}, onEnd: () => {}, onFailure: resolve });
  });

it('an upstream may have an address of IPv6: plain, by the client for TLS, and by WebSocket', async () => {
  const { asked, host, upstream } = await serve();
  const [http, tls] = [createUpstreamHttp(() => performance.now()), createUpstreamTls()];
  const ws = createUpstreamWs({ maxMessageBytes: 1_000, pingEveryMs: 30_000 });
  closing.push(http.close, tls.close, ws.close);
  expect(await statusOf(http.send, upstream)).toBe(200);
  expect(await statusOf(tls.send, upstream)).toBe(200);
  const opened = await new Promise<unknown>((resolve) => {
    const request = { url: joinUrl(upstream, '/talk'), headerLines: '', protocols: [], limits: LIMITS };
    const sink = { onOpen: resolve, onRefused: resolve, onFailure: resolve, onMessage: () => {}, onClose: () => {} };
    ws.open(request, sink);
  });
  expect(opened).toBe('');
  expect(asked).toEqual([
    [host, '/v1/chat?a=1'],
    [host, '/v1/chat?a=1'],
    [host, '/v1/talk?a=1'],
  ]);
});
