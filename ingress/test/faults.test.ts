import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import { answerJson, closedAfterEach, completion, until, viewOf } from './front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from './front-door.harness.ts';
import { RawClient, startRawVersion } from './raw-http.harness.ts';

const { frontDoor, upstream, onClose } = closedAfterEach();
/** A version that says these very bytes to each request, and then does this. */
const byteVersion = async (says: string, then: (socket: Socket) => void = () => {}): Promise<string> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      socket.write(Buffer.from(says, 'latin1'));
      setTimeout(() => then(socket), 10);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onClose(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};
/** Only where that very limit is to be seen: on a busy machine any other call may take as long. */
const LIMITS: Readonly<Record<string, object>> = {
  upstream_first_byte_timeout: { firstByteTimeout: '150ms' },
  upstream_idle_timeout: { idleTimeout: '150ms' },
};
const withUpstream = (policy: object): NonNullable<FrontDoorOptions['policy']> => ({
  defaults: { capture: { mode: 'full' }, upstream: policy },
});
const ask = { model: 'support', user: 'u1', messages: [] };
const chat = (door: TestFrontDoor, more: object = {}, signal?: AbortSignal) =>
  fetch(`${door.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...ask, ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
const exchange = (door: TestFrontDoor, at = 0) => until(() => door.exchanges()[at], 'the exchange');
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error: { code: string } }).error.code;

const reset = (socket: Socket): void => void socket.resetAndDestroy();
const end = (socket: Socket): void => void socket.end();
const hang = (): void => {};
const CHUNKED = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
const LENGTH = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n';
const EVENTS = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';
const part = (more = ''): string => `data: {"choices":[{"delta":{"content":"a"}${more}}]}\n\n`;

describe('an upstream that fails (F23)', () => {
  it.each<[string, string, (socket: Socket) => void, number, string, string]>([
    ['hangs before its answer', '', hang, 504, 'upstream_first_byte_timeout', 'upstream_timeout'],
    ['hangs in the middle of it', `${LENGTH}{"half":`, hang, 504, 'upstream_idle_timeout', 'upstream_timeout'],
    ['is reset before its answer', '', reset, 502, 'upstream_broken', 'upstream_error'],
    ['is reset in the middle of it', `${LENGTH}{"half":`, reset, 502, 'upstream_broken', 'upstream_error'],
    ['ends too early', `${LENGTH}{"half":`, end, 502, 'upstream_broken', 'upstream_error'],
    ['ends within a chunk', `${CHUNKED}ff\r\n{"half":`, end, 502, 'upstream_broken', 'upstream_error'],
    ['says 200 and then garbage', `${CHUNKED}zz\r\n\0\0\0`, hang, 502, 'upstream_broken', 'upstream_error'],
    ['speaks another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', hang, 502, 'upstream_broken', 'upstream_error'],
    [
      'says two lengths',
      `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
      hang,
      502,
      'upstream_broken',
      'upstream_error',
    ],
  ])(
    'and %s: the client gets an error, and the exchange tells the truth',
    async (_name, says, then, status, code, outcome) => {
      const url = await byteVersion(says, then);
      const door = await frontDoor({ views: [viewOf(url, url, 0)], policy: withUpstream(LIMITS[code] ?? {}) });
      const response = await chat(door);
      expect([response.status, await codeOf(response), response.headers.get('x-should-retry')]).toEqual([
        status,
        code,
        'false',
      ]);
      expect(await exchange(door)).toMatchObject({ status, outcome, servedVersion: 'v1', fallbackReason: null });
    },
  );

  it('and says more than it should: the answer counts, the connection does not', async () => {
    const answer = '{"choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}';
    const url = await byteVersion(
      `HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged`,
    );
    const door = await frontDoor({ views: [viewOf(url, url, 0)] });
    for (let i = 0; i < 3; i++) expect(await (await chat(door)).text()).toBe(answer);
    expect((await exchange(door, 2)).outcome).toBe('ok');
  });

  it.each<[string, string, (socket: Socket) => void, string, boolean]>([
    ['hangs', EVENTS + part(), hang, 'truncated', true],
    ['is reset', EVENTS + part() + 'data: {"half', reset, 'truncated', true],
    ['ends in good order but without its last event', EVENTS + part(), end, 'truncated', true],
    ['sends nothing at all', EVENTS, end, 'truncated', true],
    [
      'tells of its own error',
      `${EVENTS}${part()}data: {"error":{"message":"own","code":"own"}}\n\n`,
      end,
      'truncated',
      false,
    ],
    ['says why it finished but not that it is done', EVENTS + part(',"finish_reason":"stop"'), end, 'ok', false],
    ['is done and then reset', `${EVENTS}${part()}data: [DONE]\n\n`, reset, 'ok', false],
  ])('and whose stream %s: nobody takes a part for the whole', async (_name, says, then, outcome, isTold) => {
    const url = await byteVersion(says, then);
    const door = await frontDoor({
      views: [viewOf(url, url, 0)],
      policy: withUpstream(then === hang ? LIMITS['upstream_idle_timeout']! : {}),
    });
    const text = await (await chat(door, { stream: true })).text();
    expect(text.includes('"type":"upstream_error"')).toBe(isTold);
    expect(text.split('"error"').length - 1).toBe(outcome === 'ok' ? 0 : 1);
    expect(await exchange(door)).toMatchObject({ status: 200, outcome, stream: true });
  });

  it('and is slow, but not too slow, is waited for', async () => {
    const v1 = await upstream((res) => void setTimeout(() => answerJson(res, completion('late')), 100));
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
    expect((await chat(door)).status).toBe(200);
    const { latencyMs, firstByteMs } = await exchange(door);
    expect(latencyMs).toBeGreaterThanOrEqual(95);
    expect(firstByteMs).toBeGreaterThanOrEqual(95);
  });

  it('and a large answer that breaks off after it began is cut for the client too', async () => {
    const v1 = await upstream((res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 100_000 });
      res.write('x'.repeat(50_000), () => setTimeout(() => res.destroy(), 20));
    });
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], captureLimitBytes: 1_000 });
    const response = await chat(door);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow(/terminated/);
    expect(await exchange(door)).toMatchObject({ outcome: 'truncated', status: 200 });
  });

  it('is left alone after some failures in a row, and asked again after a while', async () => {
    let isBroken = true;
    const stable = await upstream((res) => answerJson(res, completion('stable')));
    const candidate = await upstream((res) =>
      answerJson(res, isBroken ? {} : completion('candidate'), isBroken ? 500 : 200),
    );
    const outlier = { consecutiveFailures: 3, baseEjection: '300ms', interval: '100ms' };
    const door = await frontDoor({
      views: [viewOf(stable.url, candidate.url, 100)],
      policy: withUpstream({ outlier }),
    });
    const served = async (): Promise<string | null> => (await chat(door)).headers.get('x-coalmine-version');
    for (let i = 0; i < 6; i++) expect(await served()).toBe('v1');
    expect(candidate.requests).toHaveLength(3);
    const reasons = await until(() => door.exchanges().length === 6 && door.exchanges(), 'all exchanges');
    expect(reasons.map(({ fallbackReason }) => fallbackReason).sort()).toEqual([
      ...Array<string>(3).fill('ejected'),
      ...Array<string>(3).fill('status 500'),
    ]);
    expect(new Set(reasons.map(({ outcome }) => outcome))).toEqual(new Set(['upstream_error']));
    isBroken = false;
    for (let i = 0; (await served()) !== 'v2'; i++) {
      expect(i).toBeLessThan(200);
      await systemClock.sleep(20);
    }
  });
});

describe('a client that leaves (F24)', () => {
  it('in the middle of an upload cancels it upstream within a second, and is recorded', async () => {
    let goneAtMs = 0;
    const v1 = await startRawVersion((req) => {
      req.on('data', () => {});
      req.on('close', () => (goneAtMs = performance.now()));
    });
    onClose(v1.close);
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
    const sending = request(`${door.url}/agents/support/x`, { method: 'PUT' });
    sending.on('error', () => {});
    sending.write('x'.repeat(100_000));
    await until(() => v1.requests.length === 1, 'the upload');
    sending.destroy();
    const leftAtMs = performance.now();
    await until(() => goneAtMs > 0, 'the upstream to notice', 2_000);
    expect(goneAtMs - leftAtMs).toBeLessThan(1_000);
    const recorded = await exchange(door);
    expect(recorded).toMatchObject({ outcome: 'client_abort', status: 499, method: 'PUT' });
    expect(recorded.requestBody.sizeBytes).toBe(100_000);
  });

  it('before its request is whole reaches nobody and leaves nothing', async () => {
    const v1 = await upstream((res) => answerJson(res, completion('hello')));
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
    for (const then of ['end', 'reset'] as const) {
      const client = new RawClient(door.server.port);
      client.write('POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{"model":');
      await until(() => door.server.pending() === 1, 'the request');
      if (then === 'end') client.socket.end();
      else client.socket.resetAndDestroy();
      await until(() => door.server.pending() === 0, 'nothing to be pending');
    }
    expect((await chat(door)).status).toBe(200);
    expect(v1.requests).toHaveLength(1);
    await exchange(door);
    expect(door.exchanges()).toHaveLength(1);
  });

  it('while its call waits for a place gives the place up', async () => {
    const held: (() => void)[] = [];
    const v1 = await upstream((res) => void held.push(() => answerJson(res, completion('hello'))));
    const door = await frontDoor({
      views: [viewOf(v1.url, v1.url, 0)],
      policy: withUpstream({ maxConcurrent: 1, maxQueued: 2, queueTimeout: '10s' }),
    });
    const first = chat(door);
    await until(() => held.length === 1, 'the first call');
    const leave = new AbortController();
    const second = chat(door, {}, leave.signal).catch(() => 'left');
    await until(() => door.server.pending() === 2, 'the second');
    leave.abort();
    expect(await second).toBe('left');
    await until(() => door.server.pending() === 1, 'the second to be gone');
    const third = chat(door);
    await until(() => door.server.pending() === 2, 'the third');
    held[0]!();
    await until(() => held.length === 2, 'the third call');
    held[1]!();
    expect([(await first).status, (await third).status, v1.requests.length]).toEqual([200, 200, 2]);
  });
});

describe('a hundred clients that hardly read (F25)', () => {
  it('are kept in bounded memory, and hold up nobody else', { timeout: 90_000 }, async () => {
    const event = Buffer.from(`data: ${'x'.repeat(16_000)}\n\n`);
    const streamBytes = 20_000_000;
    let sentBytes = 0;
    const v1 = await upstream((res, body) => {
      if (body.includes('"stream":false')) return answerJson(res, completion('hello'));
      let mine = 0;
      const pump = (): void => {
        for (; mine < streamBytes; mine += event.length) {
          sentBytes += event.length;
          if (!res.write(event)) return void res.once('drain', pump);
        }
        res.end('data: [DONE]\n\n');
      };
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      pump();
    });
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], captureLimitBytes: 10_000 });
    const before = process.memoryUsage().rss;
    const body = JSON.stringify({ ...ask, stream: true });
    const clients = Array.from({ length: 100 }, () => {
      const client = new RawClient(door.server.port);
      client.socket.pause();
      client.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      return client;
    });
    await until(() => v1.requests.length === 100, 'all streams');
    for (let last = -1; last !== sentBytes;) {
      last = sentBytes;
      for (const { socket } of clients) socket.read(100);
      for (let i = 0; i < 5; i++) expect((await chat(door, { stream: false })).status).toBe(200);
      await systemClock.sleep(100);
    }
    const grownMb = (process.memoryUsage().rss - before) / 1e6;
    process.stderr.write(
      `100 slow readers: ${Math.round(sentBytes / 1e6)} MB of 2,000 sent, RSS grew by ${Math.round(grownMb)} MB\n`,
    );
    expect(sentBytes).toBeLessThan(0.6 * 100 * streamBytes);
    expect(grownMb).toBeLessThan(300);
    for (const client of clients) client.destroy();
    await until(() => door.server.pending() === 0, 'nothing to be pending');
    const aborted = (): unknown => door.exchanges().filter(({ outcome }) => outcome === 'client_abort').length === 100;
    await until(aborted, 'all to be recorded');
  });
});

describe('three times too much (F27)', () => {
  /** A version that answers nothing before it is let. */
  const held = () => {
    const seen = { now: 0, most: 0 };
    const letAnswer = Promise.withResolvers<void>();
    const answer = async (res: Parameters<Parameters<typeof upstream>[0]>[0]): Promise<void> => {
      seen.most = Math.max(seen.most, (seen.now += 1));
      await letAnswer.promise;
      seen.now -= 1;
      answerJson(res, completion('hello'));
    };
    return { seen, answer, letAnswer: letAnswer.resolve };
  };

  it('for one version: the excess is refused at once with a time to come back, the rest is served', async () => {
    const { seen, answer, letAnswer } = held();
    const v1 = await upstream((res) => void answer(res));
    const policy = withUpstream({ maxConcurrent: 8, maxQueued: 8, queueTimeout: '30s' });
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], policy });
    const refused: Response[] = [];
    const asked = Array.from({ length: 48 }, async () => {
      const response = await chat(door);
      if (response.status === 503) refused.push(response);
      return response.status;
    });
    await until(() => refused.length === 32 && seen.now === 8, 'what there is no room for to be refused');
    letAnswer();
    expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(16);
    expect(refused).toHaveLength(32);
    for (const response of refused) {
      expect([await codeOf(response), response.headers.get('retry-after')]).toEqual(['overloaded', '1']);
      expect(response.headers.get('x-should-retry')).toBeNull();
    }
    expect(seen.most).toBe(8);
    expect(v1.requests).toHaveLength(16);
    const exchanges = await until(() => door.exchanges().length === 48 && door.exchanges(), 'all exchanges');
    // What can wait, like a shadow, is told to.
    expect(exchanges.filter(({ busy }) => busy).length).toBeGreaterThan(0);
    expect((await chat(door)).status).toBe(200);
  });

  it('for the front door: the excess is refused before anything else is done, the rest is served', async () => {
    const { seen, answer, letAnswer } = held();
    const v1 = await upstream((res) => void answer(res));
    const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], policy: { limits: { maxConcurrent: 10 } } });
    const statuses: number[] = [];
    const work = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        const response = await chat(door);
        statuses.push(response.status);
        if (response.status === 503) {
          expect([await codeOf(response), response.headers.get('retry-after-ms')]).toEqual(['overloaded', '1000']);
        } else await response.text();
      }
    };
    const all = Promise.all(Array.from({ length: 30 }, work));
    await until(() => statuses.includes(503), 'one to be refused');
    letAnswer();
    await all;
    const served = statuses.filter((status) => status === 200).length;
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect([v1.requests.length, seen.most <= 10]).toEqual([served, true]);
    expect((await fetch(`${door.url}/livez`)).status).toBe(200);
    expect((await chat(door)).status).toBe(200);
  });
});
