import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../test/front-door.harness.ts';
import { frameBytes, openRaw, OPCODE, RawWebSocket } from './raw-websocket.harness.ts';
import {
  closeAfterEach,
  connected,
  dial,
  doorTo,
  ended,
  nothingOpen,
  textOf,
  upstreamThat,
} from './socket-client.harness.ts';
import { echo, onlyView } from './uws-websocket.harness.ts';
import type { SocketUpstream } from './uws-websocket.harness.ts';

closeAfterEach();

describe('messages', () => {
  it('go both ways as they are: text as text, bytes as bytes, fragments joined', async () => {
    const upstream = await upstreamThat((socket) => {
      echo(socket);
      socket.send('wel', { fin: false });
      socket.send('come', { fin: true });
    });
    const client = await connected(await doorTo({ view: onlyView(upstream.url) }));
    client.send('grüße');
    client.send(Buffer.from([1, 2, 3]));
    client.send('frag', { fin: false });
    client.send('ment', { fin: true });
    client.send('');
    await until(() => client.got.length === 5, 'five messages');
    expect(client.got).toEqual([
      { text: 'welcome', isBinary: false },
      { text: 'grüße', isBinary: false },
      { text: '\u0001\u0002\u0003', isBinary: true },
      { text: 'fragment', isBinary: false },
      { text: '', isBinary: false },
    ]);
  });

  it("longer than the limit end the connection with 1009, the upstream's with 1011", async () => {
    const upstream = await upstreamThat((socket) => {
      socket.on('message', (data) => socket.send(textOf(data) === 'more' ? 'x'.repeat(2_001) : data));
    });
    const door = await doorTo({ view: onlyView(upstream.url), maxMessageBytes: 2_000 });
    const [fits, long, asks] = [await connected(door), await connected(door), await connected(door)];
    fits.send('x'.repeat(2_000));
    await until(() => fits.got.length === 1, 'the message that fits');
    long.send('x'.repeat(2_001));
    expect(await ended(long)).toEqual({ code: 1009, reason: 'a message has at most 2000 bytes' });
    asks.send('more');
    expect(await ended(asks)).toMatchObject({ code: 1011 });
    fits.send('x'.repeat(4_001));
    expect(await ended(fits)).toMatchObject({ code: 1006 });
    await nothingOpen(door);
  });

  it('are answered pings, on both sides', async () => {
    let pongs = 0;
    const upstream = await upstreamThat((socket) => {
      socket.on('pong', () => (pongs += 1));
      socket.ping('are you there');
    });
    const client = await connected(await doorTo({ view: onlyView(upstream.url) }));
    await until(() => pongs === 1, 'the pong to the upstream');
    client.ping();
    await once(client, 'pong');
  });
});

describe('a close', () => {
  const closing = (): Promise<SocketUpstream> =>
    upstreamThat((socket) => {
      socket.on('message', (data) => {
        const [code, reason] = textOf(data).split(' ');
        if (code === 'die') socket.terminate();
        else if (code === '1005') socket.close();
        else socket.close(Number(code), reason);
      });
    });

  it.each([
    ['1000 bye', { code: 1000, reason: 'bye' }],
    ['1005', { code: 1005, reason: '' }],
    ['1001', { code: 1001, reason: '' }],
    ['1012 restart', { code: 1012, reason: 'restart' }],
    ['3001 mine', { code: 3001, reason: 'mine' }],
    ['4001 mine', { code: 4001, reason: 'mine' }],
    ['die', { code: 1011, reason: 'the version behind this agent broke off' }],
  ])('of the upstream, %s, reaches the client', async (asked, told) => {
    const upstream = await closing();
    const door = await doorTo({ view: onlyView(upstream.url) });
    const client = await connected(door);
    client.send(asked);
    expect(await ended(client)).toEqual(told);
    await nothingOpen(door);
  });

  it.each([
    [1000, 'bye', { code: 1000, reason: 'bye' }],
    [undefined, undefined, { code: 1005, reason: '' }],
    [1001, '', { code: 1001, reason: '' }],
    [4002, 'mine', { code: 4002, reason: 'mine' }],
  ] as const)('of the client, %s %s, reaches the upstream', async (code, reason, told) => {
    let heard: unknown = null;
    const upstream = await upstreamThat((socket) => {
      socket.on('close', (code, reason) => (heard = { code, reason: reason.toString() }));
    });
    const client = await connected(await doorTo({ view: onlyView(upstream.url) }));
    client.close(code, reason);
    expect(await until(() => heard, 'the close at the upstream')).toEqual(told);
  });

  it('that the client owes us closes the upstream all the same', async () => {
    const codes: number[] = [];
    const upstream = await upstreamThat((socket) => void socket.on('close', (code) => codes.push(code)));
    const door = await doorTo({ view: onlyView(upstream.url) });
    const raw = await openRaw(door.port, '/agents/support/ws');
    raw.socket.resetAndDestroy();
    await until(() => codes.length === 1, 'the close at the upstream', 1_000);
    expect(codes).toEqual([1001]);
    await nothingOpen(door);
  });

  it('is ours when an upstream no longer answers pings', async () => {
    const upstream = await upstreamThat(() => {}, { autoPong: false });
    const door = await doorTo({ view: onlyView(upstream.url), pingEveryMs: 30 });
    expect(await ended(await connected(door))).toMatchObject({ code: 1011 });
    await nothingOpen(door);
  });
});

describe('a side that is slow', () => {
  it('as a client slows the upstream down, and loses nothing', async () => {
    const [count, size] = [400, 65_536];
    const upstream = await upstreamThat((socket) => {
      for (let i = 0; i < count; i += 1) socket.send(Buffer.alloc(size, i % 251));
      socket.close(4000, 'that was all');
    });
    const door = await doorTo({ view: onlyView(upstream.url), maxBufferedBytes: 100_000 });
    const client = dial(door);
    await once(client, 'open');
    client.pause();
    const [socket] = upstream.sockets;
    const buffered: number[] = [];
    await until(() => {
      buffered.push(socket!.bufferedAmount);
      return buffered.length > 20 && buffered.at(-1) === buffered.at(-20) && buffered.at(-1)! > 0;
    }, 'the upstream to be held up');
    expect(buffered.at(-1)).toBeGreaterThan((count * size) / 4);
    let sum = 0;
    client.on('message', (data) => (sum += (data as Buffer)[0]!));
    client.resume();
    expect(await ended(client)).toEqual({ code: 4000, reason: 'that was all' });
    expect(client.got).toHaveLength(count);
    expect(sum).toBe(Array.from({ length: count }, (_, i) => i % 251).reduce((a, b) => a + b, 0));
  });

  it('as an upstream ends the connection with 1013, since a client can not be held up', async () => {
    const upstream = await upstreamThat((socket) => socket.pause());
    const door = await doorTo({ view: onlyView(upstream.url), maxBufferedBytes: 200_000 });
    const client = await connected(door);
    const part = Buffer.alloc(65_536);
    await until(() => {
      if (client.bufferedAmount < 1e6) client.send(part);
      return client.end;
    }, 'the close');
    expect(client.end).toMatchObject({ code: 1013 });
    expect(door.said).toContain('closed support v1 overflow');
    expect(door.heads()).toMatchObject([{ outcome: 'upstream_error', status: 502 }]);
    await nothingOpen(door);
  });
});

describe('abuse', () => {
  it('of every kind ends its connection, leaves nothing behind, and the next client is served', async () => {
    const upstream = await upstreamThat(echo);
    const door = await doorTo({ view: onlyView(upstream.url), maxMessageBytes: 10_000 });
    const hello = Buffer.from('hello');
    const hostile: Buffer[] = [
      Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]),
      Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4]),
      frameBytes({ opcode: OPCODE.text, payload: Buffer.from([0xff, 0xfe]) }),
      Buffer.concat([frameBytes({ opcode: 7, payload: hello }), Buffer.alloc(5_000, 0xaa)]),
      Buffer.alloc(20_000, 0xff),
      Buffer.concat(
        Array.from({ length: 300 }, () => frameBytes({ opcode: OPCODE.continuation, payload: hello, fin: false })),
      ),
      Buffer.concat(
        Array.from({ length: 60 }, (_, i) =>
          frameBytes({
            opcode: i === 0 ? OPCODE.text : OPCODE.continuation,
            payload: Buffer.alloc(1_000, 65),
            fin: false,
          }),
        ),
      ),
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    ];
    for (const bytes of hostile) {
      const raw = await openRaw(door.port, '/agents/support/ws');
      await raw.write(bytes);
      await raw.ended();
    }
    const client = await connected(door);
    client.send('well');
    await until(() => client.got.length === 1, 'the echo');
    client.close();
    await nothingOpen(door);
  });

  it('by frames without a mask is not told apart by uWebSockets.js, and harms nobody but who sends them', async () => {
    const upstream = await upstreamThat(echo);
    const door = await doorTo({ view: onlyView(upstream.url) });
    const raw = await openRaw(door.port, '/agents/support/ws');
    raw.send({ opcode: OPCODE.text, payload: Buffer.from('hello'), masked: false });
    raw.send({ opcode: OPCODE.text, payload: Buffer.from('hello'), masked: false });
    await raw.ended();
    expect(raw.texts).toEqual([]);
    await nothingOpen(door);
  });

  it('by half a frame and silence holds its own connection and no other', async () => {
    const upstream = await upstreamThat(echo);
    const door = await doorTo({ view: onlyView(upstream.url) });
    const raw = await openRaw(door.port, '/agents/support/ws');
    await raw.write(frameBytes({ opcode: OPCODE.text, payload: Buffer.alloc(1_000, 65) }).subarray(0, 500));
    const client = await connected(door);
    client.send('well');
    await until(() => client.got.length === 1, 'the echo');
    expect(raw.isClosed).toBe(false);
    raw.socket.destroy();
    client.close();
    await nothingOpen(door);
  });

  it('of a thousand that leave anywhere between connect and message leaves nothing open', async () => {
    const upstream = await upstreamThat(echo);
    const door = await doorTo({ view: onlyView(upstream.url) });
    const early =
      'GET /agents/support/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    const message = frameBytes({ opcode: OPCODE.text, payload: Buffer.alloc(2_000, 65) });
    const cut = async (i: number): Promise<void> => {
      const raw = new RawWebSocket(door.port);
      const leave = (): void => void (i % 2 === 0 ? raw.socket.destroy() : raw.socket.resetAndDestroy());
      await once(raw.socket, 'connect');
      const stage = i % 5;
      if (stage === 0) return leave();
      raw.socket.write(early.slice(0, 40 + (i % 150)));
      if (stage === 1) return leave();
      raw.socket.write(`${early.slice(40 + (i % 150))}\r\n`);
      if (stage === 2) return leave();
      await raw.opened();
      raw.socket.write(message.subarray(0, 1 + (i % 2_000)));
      if (stage === 3) return leave();
      raw.socket.write(message.subarray(1 + (i % 2_000)));
      leave();
    };
    for (let at = 0; at < 1_000; at += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => cut(at + i)));
    await nothingOpen(door);
    await until(() => upstream.sockets.size === 0, 'the upstream to be left');
    expect((await connected(door)).readyState).toBe(WebSocket.OPEN);
  });
});
