import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../front-door.harness.ts';
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

/** How the bytes come: at once, a frame at a time, or a few bytes at a time. */
const CHOPS: readonly [how: string, parts: (frames: Buffer[]) => [Buffer[], number | undefined]][] = [
  ['at once', (frames) => [[Buffer.concat(frames)], undefined]],
  ['frame by frame', (frames) => [frames, undefined]],
  ['byte by byte', (frames) => [frames, frames.reduce((sum, { length }) => sum + length, 0) < 600 ? 1 : 997]],
];

describe.each(CHOPS)('through the front door, written %s', (_how, parts) => {
  it.each(CASES)('$id $what', async (tried) => {
    const client = await openRaw(door.port, '/agents/support/ws');
    const [chunks, chunkBytes] = parts(tried.frames.map(frameBytes));
    for (const chunk of chunks) {
      await client.write(chunk, chunkBytes);
      if (chunks.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await run(tried, client);
    check(tried, client);
  });
});

it('leaves nothing open after all of them', async () => {
  await until(() => door.open().every((count) => count === 0), 'every connection to be gone');
});
