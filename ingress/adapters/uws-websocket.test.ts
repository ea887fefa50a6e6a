import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { planOf } from '../core/route.ts';
import { until, viewOf } from '../front-door.harness.ts';
import { frameBytes, openRaw, OPCODE, RawWebSocket } from './raw-websocket.harness.ts';
import {
  echo,
  onlyView,
  startRefusingUpstream,
  startSocketDoor,
  startSocketUpstream,
} from './uws-websocket.harness.ts';
import type { SocketDoor, SocketDoorOptions, SocketUpstream } from './uws-websocket.harness.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const upstreamThat = async (...args: Parameters<typeof startSocketUpstream>): Promise<SocketUpstream> => {
  const upstream = await startSocketUpstream(...args);
  closers.push(upstream.close);
  return upstream;
};
const refusing = async (status: number | null): Promise<SocketUpstream> => {
  const upstream = await startRefusingUpstream(status);
  closers.push(upstream.close);
  return upstream;
};
const doorTo = async (options: SocketDoorOptions): Promise<SocketDoor> => {
  const door = await startSocketDoor(options);
  closers.push(door.close);
  return door;
};

type Client = WebSocket & { got: { text: string; isBinary: boolean }[]; end: { code: number; reason: string } | null };
/** A client whose messages and end are kept; it need not have come through. */
const dial = (door: SocketDoor, options: ClientOptions = {}, protocols: string[] = [], path = ''): Client => {
  const socket = Object.assign(new WebSocket(door.url + path, protocols, { perMessageDeflate: false, ...options }), {
    got: [] as Client['got'],
    end: null as Client['end'],
  });
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => socket.got.push({ isBinary, text: (data as Buffer).toString() }));
  socket.on('close', (code, reason) => (socket.end = { code, reason: reason.toString() }));
  return socket;
};
const connected = async (...args: Parameters<typeof dial>): Promise<Client> => {
  const client = dial(...args);
  await once(client, 'open');
  return client;
};
type Upgrade = [{ headers: Record<string, string> }];
const textsOf = (client: Client): string[] => client.got.map(({ text }) => text);
const ended = (client: Client) => until(() => client.end, 'the close of the client');
const nothingOpen = (door: SocketDoor): Promise<unknown> =>
  until(() => door.open().every((count) => count === 0), 'every connection to be gone');
/** The handshake's refusal. */
const refusal = async (door: SocketDoor, path = '/agents/support/ws', headers: Record<string, string> = {}) => {
  const raw = await openRaw(door.port, path, headers);
  await raw.ended();
  return { status: Number(raw.head.split(' ')[1]), head: raw.head.toLowerCase(), body: raw.body };
};

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
      socket.on('message', (data) => socket.send(data.toString() === 'more' ? 'x'.repeat(2_001) : data));
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

describe('a handshake', () => {
  it('brings the upstream path, query, headers and subprotocols, and the client what the upstream chose', async () => {
    const upstream = await upstreamThat(echo, { handleProtocols: () => 'v2.agent' });
    const door = await doorTo({ view: onlyView(`${upstream.url}/base`) });
    const headers = { 'x-mine': 'yes', authorization: 'Bearer secret', 'x-coalmine-version': 'v9' };
    const client = dial(door, { headers }, ['v1.agent', 'v2.agent'], '/talk?room=1');
    const [[response]] = await Promise.all([once(client, 'upgrade') as Promise<Upgrade>, once(client, 'open')]);
    expect(client.protocol).toBe('v2.agent');
    expect(client.extensions).toBe('');
    const [request] = upstream.requests;
    expect(request!.url).toBe('/base/talk?room=1');
    expect(request!.headers).toMatchObject({ 'x-mine': 'yes', 'sec-websocket-protocol': 'v1.agent,v2.agent' });
    expect(Object.keys(request!.headers)).not.toContain('authorization');
    expect(Object.keys(request!.headers)).not.toContain('x-coalmine-version');
    expect(response.headers).toMatchObject({ 'x-coalmine-version': 'v1', 'x-request-id': 'req_n1' });
    expect(door.claims(response.headers['x-coalmine-exchange-id']!)).toMatchObject({ agent: 'support', version: 'v1' });
  });

  it('leaves it to the client what to make of an upstream that chose no subprotocol', async () => {
    const upstream = await upstreamThat(echo, { handleProtocols: () => false });
    const door = await doorTo({ view: onlyView(upstream.url) });
    const raw = await openRaw(door.port, '/agents/support/x', { 'sec-websocket-protocol': 'v1.agent' });
    expect(raw.head).toContain('101 Switching');
    expect(raw.head.toLowerCase()).not.toContain('sec-websocket-protocol');
    raw.text('hello');
    await until(() => raw.texts.length === 1, 'the echo');
  });

  it('that nobody may make is refused in words, and makes no exchange', async () => {
    const door = await doorTo({ view: onlyView('http://127.0.0.1:1') });
    const unknown = await refusal(door, '/agents/nobody/ws');
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.body)).toMatchObject({ error: { code: 'model_not_found' } });
    const old = await refusal(door, '/agents/support/ws', { 'sec-websocket-version': '8' });
    expect(old.status).toBe(426);
    expect(old.head).toContain('sec-websocket-version: 13');
    expect((await refusal(door, '/agents/support', { 'sec-websocket-protocol': 'a,a' })).status).toBe(400);
    expect((await refusal(door, '/agents/support', { 'sec-websocket-protocol': 'a,,b' })).status).toBe(400);
    expect(door.heads()).toEqual([]);
    const plain = await openRaw(door.port, '/agents/support', { upgrade: 'h2c', connection: 'close' });
    await until(() => plain.body.includes('plain'), 'the answer of the HTTP endpoint');
    await nothingOpen(door);
  });

  it.each([
    [401, 401, 'client_error'],
    [404, 404, 'client_error'],
    [200, 502, 'upstream_error'],
    [302, 502, 'upstream_error'],
    [500, 502, 'upstream_error'],
    [null, 504, 'upstream_timeout'],
  ] as const)('that the upstream answers with %s is refused with %d: %s', async (status, told, outcome) => {
    const upstream = await refusing(status);
    const door = await doorTo({ view: onlyView(upstream.url), handshakeMs: 150 });
    const answer = await refusal(door);
    expect(answer.status).toBe(told);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { type: 'upstream_error' } });
    expect(door.heads()).toMatchObject([
      { method: 'WS', path: '/agents/support/ws', outcome, status: told, metadata: { 'coalmine-turn': '0' } },
    ]);
    await nothingOpen(door);
  });

  it('that finds no upstream is refused with 502', async () => {
    const door = await doorTo({ view: onlyView('http://127.0.0.1:1') });
    expect((await refusal(door)).status).toBe(502);
    const broken = await doorTo({ view: onlyView('nowhere at all') });
    expect((await refusal(broken)).status).toBe(502);
    await nothingOpen(broken);
    expect([door.counted.released, broken.counted.released]).toEqual([1, 1]);
  });

  it('that the client gives up is given up towards the upstream', async () => {
    const upstream = await refusing(null);
    const door = await doorTo({ view: onlyView(upstream.url) });
    const raw = new RawWebSocket(door.port);
    raw.handshake('/agents/support/ws');
    await until(() => door.open()[2] === 1, 'the call to the upstream');
    raw.socket.destroy();
    await nothingOpen(door);
    expect(door.heads()).toMatchObject([{ outcome: 'client_abort', status: 499 }]);
  });

  it('goes to the next target while the assigned version fails, and each turn then counts against that one', async () => {
    const stable = await upstreamThat(echo);
    for (const candidate of [await refusing(503), { url: 'http://127.0.0.1:1' }, { url: 'ejected:' }]) {
      const door = await doorTo({ view: viewOf(stable.url, candidate.url, 100) });
      const client = await connected(door);
      client.send('one');
      await until(() => client.got.length === 1, 'the first answer');
      client.send('two');
      await until(() => client.got.length === 2, 'the second answer');
      client.close();
      await until(() => door.heads().length === 2, 'two exchanges');
      for (const head of door.heads()) {
        const by = { assignedArm: 'candidate', servedArm: 'stable', outcome: 'upstream_error', status: 200 };
        expect(head).toMatchObject({ ...by, fallbackReason: expect.any(String) });
      }
    }
  });

  it('that failed before another version took it is an exchange even if no turn follows', async () => {
    const stable = await upstreamThat(echo);
    const door = await doorTo({ view: viewOf(stable.url, 'http://127.0.0.1:1', 100) });
    (await connected(door)).close();
    await until(() => door.heads().length === 1, 'the exchange');
    expect(door.heads()).toMatchObject([{ outcome: 'upstream_error', servedArm: 'stable', fallbackReason: 'connect' }]);
  });
});

describe('a close', () => {
  const closing = (): Promise<SocketUpstream> =>
    upstreamThat((socket) => {
      socket.on('message', (data) => {
        const [code, reason] = data.toString().split(' ');
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

describe('turns', () => {
  it('are exchanges, each with its own id, times and bodies', async () => {
    const upstream = await upstreamThat((socket) => {
      socket.on('message', (data) => {
        if (data.toString() === 'more') return;
        socket.send(`${data.toString()} first`);
        socket.send(`${data.toString()} last`);
      });
    });
    const door = await doorTo({ view: onlyView(upstream.url), turnIdleMs: 30 });
    const client = dial(door, { headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } }, [], '/a?b=c');
    const [[response]] = await Promise.all([once(client, 'upgrade') as Promise<Upgrade>, once(client, 'open')]);
    client.send('more');
    client.send('one');
    await until(() => client.got.length === 2, 'the first answer');
    client.send('two');
    await until(() => door.heads().length === 2, 'the idle end of the second turn');
    expect(door.bodies()).toEqual([
      ['more\none', 'one first\none last'],
      ['two', 'two first\ntwo last'],
    ]);
    const id = response.headers['x-coalmine-exchange-id']!;
    const [first, second] = door.heads();
    expect(first).toMatchObject({
      exchangeId: id,
      method: 'WS',
      path: '/agents/support/a?b=c',
      status: 200,
      outcome: 'ok',
      stream: true,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      request: { contentType: 'text/plain; charset=utf-8', sizeBytes: 8 },
      metadata: { 'coalmine-connection': id, 'coalmine-turn': '1' },
    });
    expect(second!.metadata).toEqual({ 'coalmine-connection': id, 'coalmine-turn': '2' });
    expect(door.claims(second!.exchangeId)).toMatchObject({ version: 'v1', nonce: 'n1.2' });
    for (const head of door.heads()) expect(head.latencyMs).toBeGreaterThanOrEqual(head.firstByteMs!);
    client.close();
    await nothingOpen(door);
    expect(door.heads()).toHaveLength(2);
  });

  it('are not made of what an upstream says by itself, which is counted', async () => {
    const upstream = await upstreamThat((socket) => socket.send('welcome'));
    const door = await doorTo({ view: onlyView(upstream.url) });
    const client = await connected(door);
    await until(() => client.got.length === 1, 'the welcome');
    client.close();
    await nothingOpen(door);
    expect(door.heads()).toEqual([]);
    expect(door.said).toContain('unasked support v1');
  });

  it('that are cut short say by whom', async () => {
    const upstream = await upstreamThat((socket) => {
      socket.on('message', (data) => {
        const [what, answer] = data.toString().split(' ');
        if (answer !== undefined) socket.send(answer);
        if (what === 'die') setImmediate(() => socket.terminate());
        if (what === 'fail') socket.close(1011, 'failed');
      });
    });
    const door = await doorTo({ view: onlyView(upstream.url) });
    for (const text of ['die', 'die hello', 'fail', 'fail hello']) {
      const client = await connected(door);
      client.send(text);
      await ended(client);
    }
    for (const text of ['wait', 'wait hello']) {
      const client = await connected(door);
      client.send(text);
      const isThere = (): boolean => (text === 'wait' ? door.sockets.connections() === 1 : client.got.length === 1);
      await until(isThere, 'the connection');
      client.close();
      await nothingOpen(door);
    }
    expect(door.heads().map(({ outcome, status }) => [outcome, status])).toEqual([
      ['upstream_error', 502],
      ['truncated', 200],
      ['upstream_error', 502],
      ['upstream_error', 502],
      ['client_abort', 499],
      ['ok', 200],
    ]);
  });
});

describe('a connection', () => {
  it('stays with its version when weights move, and is closed with 1012 some time after a rollback', async () => {
    const [stable, candidate] = [await upstreamThat(echo), await upstreamThat(echo)];
    const door = await doorTo({ view: viewOf(stable.url, candidate.url, 50), drainMs: 60 });
    const pinned = await connected(door, { headers: { 'x-pin': 'v2' } });
    const clients = await Promise.all(
      Array.from({ length: 12 }, (_, i) => connected(door, { headers: { 'x-subject': `s${i}` } })),
    );
    const onCandidate = candidate.sockets.size;
    expect(onCandidate).toBeGreaterThan(1);
    expect(stable.sockets.size).toBeGreaterThan(0);
    const routed = (weight: number, sequence: number): void =>
      door.sockets.routed(planOf(viewOf(stable.url, candidate.url, weight, { sequence })));
    routed(5, 4);
    routed(0, 5);
    routed(5, 6);
    clients[0]!.send('still here');
    await until(() => clients[0]!.got.length === 1, 'the echo');
    routed(0, 7);
    await until(() => candidate.sockets.size === 1, 'the candidate to be left');
    const closed = clients.filter(({ end }) => end !== null);
    await until(() => clients.filter(({ end }) => end !== null).length === onCandidate - 1, 'the closes');
    expect(closed.every(({ end }) => end?.code === 1012)).toBe(true);
    expect(stable.sockets.size).toBe(13 - onCandidate);
    pinned.send('pinned');
    await until(() => pinned.got.length === 1, 'the echo to the pinned one');
  });

  it('that was routed by an older plan than the newest is closed, too', async () => {
    const [stable, candidate] = [await upstreamThat(echo), await upstreamThat(echo)];
    const door = await doorTo({ view: viewOf(stable.url, candidate.url, 100), drainMs: 10 });
    door.sockets.routed(planOf(viewOf(stable.url, candidate.url, 0, { sequence: 9 })));
    expect(await ended(dial(door))).toMatchObject({ code: 1012 });
  });

  it('is asked to come back when the process leaves: at once if no turn is under way, else after the answer', async () => {
    const upstream = await upstreamThat((socket) => {
      socket.on(
        'message',
        (data) => data.toString() === 'now' && upstream.sockets.forEach((one) => one.send('answer')),
      );
    });
    const door = await doorTo({ view: onlyView(upstream.url), turnIdleMs: 20 });
    const [idle, busy] = [await connected(door), await connected(door)];
    busy.send('later');
    await until(() => door.open()[1] === 2, 'both');
    busy.ping();
    await once(busy, 'pong');
    door.sockets.leave();
    expect(await ended(idle)).toMatchObject({ code: 1012 });
    expect((await refusal(door)).status).toBe(503);
    busy.send('now');
    expect(await ended(busy)).toMatchObject({ code: 1012 });
    expect(textsOf(busy)).toEqual(['answer']);
    expect(door.heads()).toMatchObject([{ outcome: 'ok' }]);
    await nothingOpen(door);
  });

  it('is closed, and a handshake refused, by closeAll', async () => {
    const [upstream, silent] = [await upstreamThat(echo), await refusing(null)];
    const door = await doorTo({ view: viewOf(upstream.url, silent.url, 0) });
    const client = await connected(door);
    const waiting = openRaw(door.port, '/agents/support/ws', { 'x-pin': 'v2' });
    await until(() => door.open()[1] === 2, 'both');
    door.sockets.closeAll({ code: 1012, reason: 'restart' });
    expect(await ended(client)).toEqual({ code: 1012, reason: 'restart' });
    expect((await waiting).head).toContain('503');
    await nothingOpen(door);
  });
});

describe('abuse', () => {
  it('of every kind ends its connection, leaves nothing behind, and the next client is served', async () => {
    const upstream = await upstreamThat(echo);
    const door = await doorTo({ view: onlyView(upstream.url), maxMessageBytes: 10_000 });
    const hello = Buffer.from('hello');
    const hostile: Buffer[] = [
      frameBytes({ opcode: OPCODE.text, payload: hello, masked: false }),
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
    for (const [i, bytes] of hostile.entries()) {
      console.log(i, Date.now());
      const raw = await openRaw(door.port, '/agents/support/ws');
      await raw.write(bytes);
      await raw.ended();
    }
    const client = await connected(door);
    client.send('well');
    await until(() => textsOf(client)[0] === 'well', 'the echo');
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
