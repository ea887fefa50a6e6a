import { once } from 'node:events';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions, RawData } from 'ws';
import { until } from '../test/front-door.harness.ts';
import { openRaw } from './raw-websocket.harness.ts';
import { startRefusingUpstream, startSocketDoor, startSocketUpstream } from './uws-websocket.harness.ts';
import type { SocketDoor, SocketDoorOptions, SocketUpstream } from './uws-websocket.harness.ts';

/** Upstreams, doors and well-behaved clients of one test; they are closed after it. */

const closers: (() => unknown)[] = [];
/** To be called once by each file of tests that uses this. */
export const closeAfterEach = (): void =>
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

export const upstreamThat = async (...args: Parameters<typeof startSocketUpstream>): Promise<SocketUpstream> => {
  const upstream = await startSocketUpstream(...args);
  closers.push(upstream.close);
  return upstream;
};

export const refusing = async (...args: Parameters<typeof startRefusingUpstream>): Promise<SocketUpstream> => {
  const upstream = await startRefusingUpstream(...args);
  closers.push(upstream.close);
  return upstream;
};

export const doorTo = async (options: SocketDoorOptions): Promise<SocketDoor> => {
  const door = await startSocketDoor(options);
  closers.push(door.close);
  return door;
};

export const textOf = (data: RawData): string => (data as Buffer).toString();

export type Client = WebSocket & {
  got: { text: string; isBinary: boolean }[];
  end: { code: number; reason: string } | null;
};

/** A client whose messages and end are kept; it need not have come through. */
export const dial = (door: SocketDoor, options: ClientOptions = {}, protocols: string[] = [], path = ''): Client => {
  const socket = Object.assign(new WebSocket(door.url + path, protocols, { perMessageDeflate: false, ...options }), {
    got: [] as Client['got'],
    end: null as Client['end'],
  });
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => socket.got.push({ isBinary, text: textOf(data) }));
  socket.on('close', (code, reason) => (socket.end = { code, reason: reason.toString() }));
  return socket;
};

export const connected = async (...args: Parameters<typeof dial>): Promise<Client> => {
  const client = dial(...args);
  await once(client, 'open');
  return client;
};

type Upgrade = [{ headers: Record<string, string> }];
/** The headers that the client's handshake was answered with. */
export const handshakeOf = async (client: Client): Promise<Record<string, string>> => {
  const [[response]] = await Promise.all([once(client, 'upgrade') as Promise<Upgrade>, once(client, 'open')]);
  return response.headers;
};

export const ended = (client: Client) => until(() => client.end, 'the close of the client');

export const nothingOpen = (door: SocketDoor): Promise<unknown> =>
  until(() => door.open().every((count) => count === 0), 'every connection to be gone');

/** A handshake's refusal. */
export const refusal = async (door: SocketDoor, path = '/agents/support/ws', headers: Record<string, string> = {}) => {
  const raw = await openRaw(door.port, path, headers);
  await raw.ended();
  return { status: Number(raw.head.split(' ')[1]), head: raw.head.toLowerCase(), body: raw.body };
};
