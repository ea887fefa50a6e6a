import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../test/front-door.harness.ts';
import { CASES } from './autobahn-cases.fixture.ts';
import type { Case } from './autobahn-cases.fixture.ts';
import { frameBytes, openRaw, OPCODE } from './raw-websocket.harness.ts';
import type { RawWebSocket } from './raw-websocket.harness.ts';
import { echo, onlyView, startSocketDoor, startSocketUpstream } from './uws-websocket.harness.ts';
import type { SocketDoor, SocketUpstream } from './uws-websocket.harness.ts';

let upstream: SocketUpstream;
let door: SocketDoor;

beforeAll(async () => {
  upstream = await startSocketUpstream(echo);
  door = await startSocketDoor({ view: onlyView(upstream.url) });
});
afterAll(async () => {
  door.close();
  await upstream.close();
});

const payloads = (client: RawWebSocket, isWanted: (opcode: number) => boolean): Buffer[] =>
  client.frames.filter(({ opcode }) => isWanted(opcode)).map(({ payload }) => payload);
const messagesOf = (client: RawWebSocket): Buffer[] => payloads(client, (opcode) => opcode < OPCODE.close);
const pongsOf = (client: RawWebSocket): Buffer[] => payloads(client, (opcode) => opcode === OPCODE.pong);

const run = async (tried: Case, client: RawWebSocket): Promise<void> => {
  if (tried.end === 'open') {
    const isThere = (): boolean =>
      messagesOf(client).length >= tried.echoes.length && pongsOf(client).length >= tried.pongs.length;
    await until(() => client.isClosed || isThere(), `the echoes of ${tried.id}`, 3_000);
    client.close(1000, 'over');
  }
  await client.ended();
};

const check = (tried: Case, client: RawWebSocket): void => {
  const messages = messagesOf(client);
  const wanted = tried.mayEcho ? tried.echoes.slice(0, messages.length) : tried.echoes;
  expect(messages.map((message) => message.toString('hex'))).toEqual(wanted.map((message) => message.toString('hex')));
  if (tried.end !== 'failed') expect(pongsOf(client)).toEqual(tried.pongs);
  if (tried.end === 'open') expect(client.closed).toEqual({ code: 1000, reason: 'over' });
  if (typeof tried.end === 'number') expect(client.closed?.code).toBe(tried.end);
  if (tried.end === 'failed') expect([undefined, 1002, 1007]).toContain(client.closed?.code);
  expect(client.frames.every(({ fin, rsv, masked }) => fin && rsv === 0 && !masked)).toBe(true);
};

const bytesOf = ({ frames }: Case): Buffer[] => frames.map(frameBytes);
const turnOfTheLoop = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** How the bytes come: at once, a frame at a time, or a few bytes at a time. */
const CHOPS: readonly {
  how: string;
  cases: readonly Case[];
  write: (client: RawWebSocket, tried: Case) => Promise<void>;
}[] = [
  { how: 'at once', cases: CASES, write: (client, tried) => client.write(Buffer.concat(bytesOf(tried))) },
  {
    how: 'frame by frame',
    cases: CASES.filter(({ frames }) => frames.length > 1),
    write: async (client, tried) => {
      for (const bytes of bytesOf(tried)) {
        await client.write(bytes);
        await turnOfTheLoop();
      }
    },
  },
  {
    how: 'byte by byte, or 997 bytes at a time if they are many',
    cases: CASES,
    write: (client, tried) => {
      const bytes = Buffer.concat(bytesOf(tried));
      return client.write(bytes, bytes.length < 600 ? 1 : 997);
    },
  },
];

describe.each(CHOPS)('through the front door, written $how', ({ cases, write }) => {
  it.concurrent.each(cases)('$id $what', async (tried) => {
    const client = await openRaw(door.port, '/agents/support/ws');
    await write(client, tried);
    await run(tried, client);
    check(tried, client);
  });
});

it('leaves nothing open after all of them', async () => {
  await until(() => door.open().every((count) => count === 0), 'every connection to be gone');
});
