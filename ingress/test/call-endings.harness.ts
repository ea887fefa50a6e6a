import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../platform/process/clock.ts';
import { answerJson, completion } from './front-door.harness.ts';

/** Every way in which a call can end, one function each, for tests of what must happen at every end. */

const CHUNK = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';

/** Answers as the client asks: the last word of the body, or of the path. */
const answerAs = (how: string, res: ServerResponse): void => {
  if (how.endsWith('silent')) return;
  if (how.endsWith('reset')) return void res.destroy();
  if (how.endsWith('teapot')) return answerJson(res, { error: { message: 'no' } }, 418);
  if (!how.endsWith('stream') && !how.endsWith('cut') && !how.endsWith('hang'))
    return answerJson(res, completion('hello'));
  res.writeHead(200, { 'content-type': 'text/event-stream' }).write(CHUNK);
  if (how.endsWith('stream')) res.end('data: [DONE]\n\n');
  else if (how.endsWith('cut')) setTimeout(() => res.destroy(), 5);
};

/** A version that speaks HTTP and WebSocket. */
export const startObedientVersion = async () => {
  const sockets = new Set<Socket>();
  const server = createServer((req, res) => {
    let body = '';
    req.on('error', () => {});
    req.on('data', (chunk: Buffer) => (body = (body + chunk.toString()).slice(-200)));
    req.on('end', () => answerAs(/"how":"(\w+)"/.exec(body)?.[1] ?? req.url ?? '', res));
  });
  const speaking = new WebSocketServer({ noServer: true });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (req, socket, head) => {
    if (req.url?.endsWith('teapot') === true)
      return void socket.end('HTTP/1.1 418 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    if (req.url?.endsWith('silent') === true) return undefined;
    return speaking.handleUpgrade(req, socket, head, (ws) => {
      ws.on('error', () => {});
      ws.on('message', (data) => {
        const said = (data as Buffer).toString();
        if (said === 'close') ws.close(4000, 'as you wish');
        else if (said === 'reset') ws.terminate();
        else if (said !== 'silent') ws.send(said);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      speaking.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export type Play = (port: number) => Promise<unknown>;

const MARK = 'x-test';
const chat =
  (how: string, more: { mark?: string; model?: string; body?: string; leaveMs?: number } = {}): Play =>
  async (port) => {
    const { mark = '', model = 'support', leaveMs } = more;
    const body = more.body ?? JSON.stringify({ model, stream: how !== 'plain', messages: [], how });
    const signal = leaveMs === undefined ? null : AbortSignal.timeout(leaveMs);
    const url = `http://127.0.0.1:${port}/v1/chat/completions`;
    const response = await fetch(url, { method: 'POST', body, signal, headers: { [MARK]: mark } });
    return response.text();
  };
const get =
  (path: string, init: RequestInit = {}): Play =>
  async (port) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, init)).text();

/** Bytes as they are, over a connection that is lost a moment later. */
const raw =
  (head: string, body: string, forMs = 30): Play =>
  async (port) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    socket.write(`${head}\r\nhost: a\r\n`);
    socket.write(body);
    await Promise.race([systemClock.sleep(forMs), once(socket, 'close')]);
    socket.destroy();
  };
const PUT = 'PUT /agents/support/files HTTP/1.1';

/** A connection through its handshake and these messages; then the client closes, leaves, or waits for the other end. */
const talk =
  (
    messages: readonly string[],
    then: 'closes' | 'leaves' | 'waits',
    more: { path?: string; mark?: string } = {},
  ): Play =>
  async (port) => {
    const { path = '/agents/support/talk', mark = '' } = more;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { [MARK]: mark } });
    socket.on('error', () => {});
    const ended = once(socket, 'close');
    const opened = await Promise.race([once(socket, 'open').then(() => true), ended.then(() => false)]);
    if (!opened) return;
    for (const message of messages) {
      socket.send(message);
      const isEchoed = message.length === 1 && then !== 'leaves';
      await Promise.race([isEchoed ? once(socket, 'message') : systemClock.sleep(3), ended]);
    }
    if (then === 'closes') socket.close();
    if (then === 'leaves') socket.terminate();
    await ended;
  };

const ORIGIN = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };

/** Each ends by itself, or by what the client does. */
export const ENDINGS: Readonly<Record<string, Play>> = {
  answered: chat('plain'),
  streamed: chat('stream'),
  'answered by a status of the version': chat('teapot'),
  'refused by its head': chat('plain', { mark: 'refuse admit' }),
  'refused by the last policy': chat('plain', { mark: 'refuse reserve' }),
  'refused late': chat('plain', { mark: 'refuse late' }),
  'admitted late': chat('plain', { mark: 'late' }),
  'gone while a policy waits': chat('plain', { mark: 'late', leaveMs: 1 }),
  'no such agent': chat('plain', { model: 'nobody' }),
  'no such version': chat('plain', { model: 'support@v9' }),
  'not JSON': chat('plain', { body: '{' }),
  'body too large': chat('plain', { body: 'x'.repeat(20_000) }),
  'the version is dead': chat('plain', { model: 'dead' }),
  'the version resets': chat('reset'),
  'the version is silent': chat('silent'),
  truncated: chat('cut'),
  'the stream hangs': chat('hang'),
  'gone before the answer': chat('silent', { leaveMs: 15 }),
  'gone in the stream': chat('hang', { leaveMs: 25 }),
  'gone with half a body': raw('POST /v1/chat/completions HTTP/1.1', 'content-length: 500\r\n\r\nhalf'),
  'gone in an upload': raw(PUT, 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'),
  'upload too large': raw(PUT, `transfer-encoding: chunked\r\n\r\n4e20\r\n${'x'.repeat(20_000)}\r\n0\r\n\r\n`),
  'an agent’s own protocol': get('/agents/support/plain'),
  HEAD: get('/agents/support/plain', { method: 'HEAD' }),
  'no agent named': get('/agents/support/../x'),
  models: get('/v1/models'),
  health: get('/livez'),
  metrics: get('/metrics'),
  feedback: get('/v1/feedback', { method: 'POST', body: '{}' }),
  'wrong method': get('/v1/feedback'),
  'no such path': get('/nowhere'),
  preflight: get('/v1/models', { method: 'OPTIONS', headers: ORIGIN }),
  'preflight refused': get('/v1/models', { method: 'OPTIONS', headers: { ...ORIGIN, origin: 'https://evil.example' } }),
  'socket closed by the client': talk(['a', 'b'], 'closes'),
  'socket left by the client': talk(['a', 'silent'], 'leaves'),
  'socket closed by the version': talk(['a', 'close'], 'waits'),
  'socket reset by the version': talk(['a', 'reset'], 'waits'),
  'socket without a turn': talk([], 'closes'),
  'socket with too long a message': talk(['x'.repeat(1_500_000)], 'waits'),
  'handshake refused by a policy': talk([], 'waits', { mark: 'refuse reserve' }),
  'handshake refused late': talk([], 'waits', { mark: 'refuse late' }),
  'handshake refused by the version': talk([], 'waits', { path: '/agents/support/teapot' }),
  'handshake to a dead version': talk([], 'waits', { path: '/agents/dead/talk' }),
  'handshake to a silent version': talk([], 'waits', { path: '/agents/support/silent' }),
  'handshake for no agent': talk([], 'waits', { path: '/agents/nobody/talk' }),
  'turn refused': talk(['a', 'b'], 'waits', { mark: 'refuse turn 2' }),
  'turn refused late': talk(['a', 'b'], 'waits', { mark: 'refuse late turn 2' }),
  'turns admitted late': talk(['a', 'b', 'c'], 'closes', { mark: 'late turn' }),
  'left while a turn waits': talk(['a'], 'leaves', { mark: 'very late turn' }),
};

/** Each is under way until the front door ends it. */
export const LASTING: Readonly<Record<string, Play>> = {
  'waiting for an answer': chat('silent'),
  'in a stream': chat('hang'),
  'in a body': raw('POST /v1/chat/completions HTTP/1.1', 'content-length: 500\r\n\r\nhalf', 5_000),
  'in an upload': raw(PUT, 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', 5_000),
  'waiting for a policy': chat('plain', { mark: 'very late' }),
  'between turns': talk(['a'], 'waits'),
  'in a turn': talk(['silent'], 'waits'),
  'in a handshake': talk([], 'waits', { path: '/agents/support/silent' }),
  'in a handshake that waits for a policy': talk([], 'waits', { mark: 'very late' }),
  'waiting for a turn': talk(['a'], 'waits', { mark: 'very late turn' }),
};
