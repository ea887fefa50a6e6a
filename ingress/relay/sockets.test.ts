import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { planOf } from '../routing/route.ts';
import { until, viewOf } from '../test/front-door.harness.ts';
import { openRaw, RawWebSocket } from '../uws/raw-websocket.harness.ts';
import {
  closeAfterEach,
  connected,
  dial,
  doorTo,
  ended,
  handshakeOf,
  nothingOpen,
  refusal,
  refusing,
  textOf,
  upstreamThat,
} from '../uws/socket-client.harness.ts';
import { echo, onlyView } from '../uws/uws-websocket.harness.ts';

closeAfterEach();

describe('a handshake', () => {
  it('brings the upstream path, query, headers and subprotocols, and the client what the upstream chose', async () => {
    const upstream = await upstreamThat(echo, { handleProtocols: () => 'v2.agent' });
    const door = await doorTo({ view: onlyView(`${upstream.url}/base`) });
    const mine = { 'x-mine': 'yes', authorization: 'Bearer secret', 'x-coalmine-version': 'v9' };
    const client = dial(door, { headers: mine }, ['v1.agent', 'v2.agent'], '/talk?room=1');
    const headers = await handshakeOf(client);
    expect(client.protocol).toBe('v2.agent');
    expect(client.extensions).toBe('');
    const [request] = upstream.requests;
    expect(request!.url).toBe('/base/talk?room=1');
    expect(request!.headers).toMatchObject({ 'x-mine': 'yes', 'sec-websocket-protocol': 'v1.agent,v2.agent' });
    expect(Object.keys(request!.headers)).not.toContain('authorization');
    expect(Object.keys(request!.headers)).not.toContain('x-coalmine-version');
    expect(headers).toMatchObject({ 'x-coalmine-version': 'v1', 'x-request-id': 'req_n1' });
    expect(door.claims(headers['x-coalmine-exchange-id']!)).toMatchObject({ agent: 'support', version: 'v1' });
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

  it('that the version failed, and that the client gives up while this is written, is one exchange', async () => {
    const upstream = await refusing(500);
    const waiting: (() => void)[] = [];
    const door = await doorTo({ view: onlyView(upstream.url), written: (done) => void waiting.push(done) });
    const raw = new RawWebSocket(door.port);
    raw.handshake('/agents/support/ws');
    await until(() => waiting.length === 1, 'the exchange');
    raw.socket.destroy();
    await nothingOpen(door);
    for (const done of waiting) done();
    expect(door.heads()).toMatchObject([{ outcome: 'upstream_error', status: 502 }]);
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

  it('goes to the next target when the assigned version has too much to do for now, and to none when it refuses it', async () => {
    const stable = await upstreamThat(echo);
    const busy = await refusing(429, 'Retry-After: 3\r\n');
    const door = await doorTo({ view: viewOf(stable.url, busy.url, 100) });
    (await connected(door)).close();
    await until(() => door.heads().length === 1, 'the exchange');
    const by = { assignedArm: 'candidate', servedArm: 'stable', outcome: 'client_error' };
    expect(door.heads()).toMatchObject([{ ...by, fallbackReason: 'status 429' }]);
    const spent = await refusing(429);
    const other = await doorTo({ view: viewOf(stable.url, spent.url, 100) });
    expect((await refusal(other)).status).toBe(429);
    expect(other.heads()).toMatchObject([{ servedArm: 'candidate', outcome: 'client_error', fallbackReason: null }]);
  });

  it('that failed before another version took it is an exchange even if no turn follows', async () => {
    const stable = await upstreamThat(echo);
    const door = await doorTo({ view: viewOf(stable.url, 'http://127.0.0.1:1', 100) });
    (await connected(door)).close();
    await until(() => door.heads().length === 1, 'the exchange');
    expect(door.heads()).toMatchObject([{ outcome: 'upstream_error', servedArm: 'stable', fallbackReason: 'connect' }]);
  });
});

describe('turns', () => {
  it('are exchanges, each with its own id, times and bodies', async () => {
    const upstream = await upstreamThat((socket) => {
      socket.on('message', (data) => {
        if (textOf(data) === 'more') return;
        socket.send(`${textOf(data)} first`);
        socket.send(`${textOf(data)} last`);
      });
    });
    const door = await doorTo({ view: onlyView(upstream.url), turnIdleMs: 30 });
    const client = dial(door, { headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } }, [], '/a?b=c');
    const headers = await handshakeOf(client);
    client.send('more');
    client.send('one');
    await until(() => client.got.length === 2, 'the first answer');
    client.send('two');
    await until(() => door.heads().length === 2, 'the idle end of the second turn');
    expect(door.bodies()).toEqual([
      ['more\none', 'one first\none last'],
      ['two', 'two first\ntwo last'],
    ]);
    const id = headers['x-coalmine-exchange-id']!;
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
    expect(door.claims(second!.exchangeId)).toMatchObject({ version: 'v1', arm: 'stable' });
    expect(second!.exchangeId).not.toBe(id);
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
        const [what, answer] = textOf(data).split(' ');
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
    // Long enough for the handshake on a busy machine.
    const door = await doorTo({ view: viewOf(stable.url, candidate.url, 100), drainMs: 300 });
    door.sockets.routed(planOf(viewOf(stable.url, candidate.url, 0, { sequence: 9 })));
    expect(await ended(dial(door))).toMatchObject({ code: 1012 });
  });

  it('is asked to come back when the process leaves: at once if no turn is under way, else after the answer', async () => {
    const upstream = await upstreamThat((socket) => {
      socket.on('message', (data) => textOf(data) === 'now' && upstream.sockets.forEach((one) => one.send('answer')));
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
    expect(busy.got.map(({ text }) => text)).toEqual(['answer']);
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
