import { setTimeout as sleep } from 'node:timers/promises';
import { abuseOf, randomFrom } from '../../ingress/test/http-abuse.harness.ts';
import { faultsIn, play } from '../../ingress/test/http-abuse-play.harness.ts';
import { RawClient } from '../../ingress/test/raw-http.harness.ts';
import { socketAbuseOf } from '../../ingress/test/websocket-abuse.harness.ts';

/**
 * Who behaves badly against the front door, in a process of its own. It says {isReady} and starts once it is told {port, seed}; told {burst}, it
 * reads so many streams slowly at once; told {stop}, it says what it saw.
 */

const SOCKETS_PATH = '/agents/sockets/echo';
const ABUSERS = 12;
const SOCKET_ABUSERS = 6;
const DAWDLERS = 200;
/** Between two of one abuser, so that the five services have time of the processors, too. */
const PAUSE_MS = 20;
/** A sound request may wait so long for its answer. */
const SOUND_MS = 30_000;

const state = { isOver: false, abuses: 0, socketAbuses: 0, faults: [] as string[] };
const note = (list: string[], what: string): void => void (list.length < 1_000 && list.push(what));
const abuse = async (port: number, seed: number, from: number): Promise<void> => {
  for (let n = from; !state.isOver; n += ABUSERS) {
    const one = abuseOf(seed, n);
    for (const fault of faultsIn(await play(port, one, one.isSound ? SOUND_MS : 200))) note(state.faults, fault);
    state.abuses += 1;
    await sleep(PAUSE_MS);
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

const run = (port: number, seed: number) => {
  const working = Promise.all([
    ...Array.from({ length: ABUSERS }, (_, i) => abuse(port, seed, i)),
    ...Array.from({ length: SOCKET_ABUSERS }, (_, i) => abuseSockets(port, seed, i)),
    dawdle(port, seed),
  ]);
  return async (): Promise<void> => {
    state.isOver = true;
    await Promise.race([working, sleep(SOUND_MS)]);
    const { abuses, socketAbuses, faults } = state;
    process.send!({ abuses, socketAbuses, faults }, () => process.exit(0));
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
process.send!({ isReady: true });
