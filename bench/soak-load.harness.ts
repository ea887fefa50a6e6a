import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { echo, startSocketUpstream } from '../ingress/uws/uws-websocket.harness.ts';
import { abuseOf, randomFrom } from '../ingress/test/http-abuse.harness.ts';
import { faultsIn, play, startEchoVersion, startHonest } from '../ingress/test/http-abuse-play.harness.ts';
import { RawClient } from '../ingress/test/raw-http.harness.ts';
import { socketAbuseOf } from '../ingress/test/websocket-abuse.harness.ts';

/**
 * The other end of bench/soak.ts, in a process of its own: versions, honest clients and those that behave badly.
 * It says {upstream, sockets} (URLs) when it is ready, and starts once it is told {port, seed}; told {burst}, it reads
 * so many streams slowly at once; told {stop}, it says what it saw.
 */

const SOCKETS_PATH = '/agents/sockets/echo';
const ABUSERS = 12;
const SOCKET_ABUSERS = 6;
const DAWDLERS = 200;
const HONEST = 3;
const BIG_BYTES = 5_000_000;
/** Longer than the server waits for an idle connection: nobody may be cut off for a pause between two events. */
const PAUSE_MS = 15_000;

const state = {
  isOver: false,
  abuses: 0,
  socketAbuses: 0,
  faults: [] as string[],
  honestFailures: [] as string[],
  honest: 0,
};
const note = (list: string[], what: string): void => void (list.length < 1_000 && list.push(what));
const event = Buffer.from(`data: ${'x'.repeat(9_992)}\n\n`);

const version = await startEchoVersion((req, res) => {
  if (req.url?.endsWith('/big') !== true) return false;
  let sent = 0;
  const pump = (): void => {
    for (; sent < BIG_BYTES; sent += event.length) if (!res.write(event)) return void res.once('drain', pump);
    res.end();
  };
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  pump();
  return true;
});
const pausing = await startEchoVersion((_req, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write('data: {"choices":[]}\n\n');
  setTimeout(() => res.end('data: [DONE]\n\n'), PAUSE_MS);
  return true;
});
const socketVersion = await startSocketUpstream(echo);

const abuse = async (port: number, seed: number, from: number): Promise<void> => {
  for (let n = from; !state.isOver; n += ABUSERS) {
    const one = abuseOf(seed, n);
    for (const fault of faultsIn(await play(port, one, one.isSound ? 30_000 : 200))) note(state.faults, fault);
    state.abuses += 1;
  }
};

const abuseSockets = async (port: number, seed: number, from: number): Promise<void> => {
  for (let n = from; !state.isOver; n += SOCKET_ABUSERS) {
    const one = socketAbuseOf(seed, n, SOCKETS_PATH);
    const client = new RawClient(port);
    client.write(one.handshake);
    await sleep(20);
    for (const piece of one.pieces) client.write(piece);
    if (one.ending === 'end') client.socket.end();
    else if (one.ending === 'reset') client.socket.resetAndDestroy();
    await sleep(50);
    client.destroy();
    state.socketAbuses += 1;
  }
};

/** Slow over their heads or bodies; a new one comes for each that is sent away. */
const dawdle = async (port: number, seed: number): Promise<void> => {
  const random = randomFrom(seed);
  const open = (): RawClient => {
    const client = new RawClient(port);
    client.write('POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n');
    if (random.below(2) === 0) client.write('Content-Length: 1000\r\n\r\n{');
    return client;
  };
  const clients = Array.from({ length: DAWDLERS }, open);
  while (!state.isOver) {
    for (const [i, client] of clients.entries()) {
      if (client.isClosed) clients[i] = open();
      else client.write('x');
    }
    await sleep(1_000);
    for (const client of Array.from({ length: 50 }, () => new RawClient(port))) client.destroy();
  }
  for (const client of clients) client.destroy();
};

const readSlowly = async (port: number, count: number): Promise<void> => {
  const clients = Array.from({ length: count }, () => {
    const client = new RawClient(port);
    client.socket.pause();
    client.write('GET /agents/support/big HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return client;
  });
  for (let second = 0; second < 15 && !state.isOver; second++) {
    for (const { socket } of clients) socket.read(1_000);
    await sleep(1_000);
  }
  for (const client of clients) client.destroy();
};

/** One stream after the other with a long pause in it, and a WebSocket whose every message must come back. */
const wait = async (url: string): Promise<void> => {
  while (!state.isOver) {
    const body = JSON.stringify({ model: 'pausing', stream: true });
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body }).catch(() => null);
    const text = await response?.text().catch(() => '');
    if (text?.endsWith('data: [DONE]\n\n')) state.honest += 1;
    else if (!state.isOver) note(state.honestFailures, `a stream with a pause: ${text}`);
  }
};
const talk = async (port: number): Promise<void> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${SOCKETS_PATH}`);
  const back: string[] = [];
  socket.on('message', (data) => void back.push((data as Buffer).toString()));
  socket.on('error', (error) => note(state.honestFailures, `WebSocket: ${error.message}`));
  socket.on('close', (code) => void (!state.isOver && note(state.honestFailures, `WebSocket closed: ${code}`)));
  await new Promise((resolve) => socket.once('open', resolve));
  for (let i = 0; !state.isOver; i++) {
    const sent = `turn ${i} ${'é'.repeat(i % 1_000)}`;
    socket.send(sent);
    await sleep(50);
    for (let tries = 0; back.length === 0 && tries < 100; tries++) await sleep(50);
    if (back.shift() === sent) state.honest += 1;
    else note(state.honestFailures, `WebSocket: no echo of turn ${i}`);
  }
  socket.close();
};

const run = (port: number, seed: number) => {
  const url = `http://127.0.0.1:${port}`;
  const honest = startHonest(url, HONEST);
  const working = Promise.all([
    ...Array.from({ length: ABUSERS }, (_, i) => abuse(port, seed, i)),
    ...Array.from({ length: SOCKET_ABUSERS }, (_, i) => abuseSockets(port, seed, i)),
    dawdle(port, seed),
    wait(url),
    talk(port),
  ]);
  return async (): Promise<void> => {
    state.isOver = true;
    const { answered, failures } = await honest.stop();
    await Promise.race([working, sleep(PAUSE_MS + 2_000)]);
    process.send!({
      honest: state.honest + answered,
      honestFailures: [...state.honestFailures, ...failures],
      abuses: state.abuses,
      socketAbuses: state.socketAbuses,
      faults: [...state.faults, ...version.smuggled],
    });
    process.exit(0);
  };
};

let stop: (() => Promise<void>) | undefined;
let frontPort = 0;
process.on('disconnect', () => process.exit(1));
process.on('message', (told: { port?: number; seed?: number; burst?: number; stop?: boolean }) => {
  if (told.port !== undefined) {
    frontPort = told.port;
    stop = run(frontPort, told.seed ?? 1);
  }
  if (told.burst !== undefined) void readSlowly(frontPort, told.burst);
  if (told.stop === true) void stop?.();
});
process.send!({ upstream: version.url.replace(/\/v1$/, ''), pausing: pausing.url, sockets: socketVersion.url });
