import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedAfterEach, OPEN_ACCESS, startFrontDoor, until, viewOf } from './front-door.harness.ts';
import type { TestFrontDoor } from './front-door.harness.ts';
import { startEchoVersion } from './http-abuse-play.harness.ts';
import type { EchoVersion } from './http-abuse-play.harness.ts';
import { chunk, jsonOf, post, smuggle, TRAILERS } from './http-abuse.harness.ts';
import { RawClient, startRawVersion } from './raw-http.harness.ts';

const { closed, frontDoor } = closedAfterEach();

let version: EchoVersion;
let door: TestFrontDoor;
beforeAll(async () => {
  version = await startEchoVersion();
  const policy = { access: OPEN_ACCESS, cors: { origins: ['https://a.example'] } };
  door = await startFrontDoor({ views: [viewOf(version.url, version.url, 0)], policy });
});
afterAll(async () => {
  await door.close();
  await version.close();
});

/** Each in a packet of its own, until there is an end of it. */
const ask = async (...packets: string[]): Promise<RawClient> => {
  const client = new RawClient(door.server.port);
  for (const packet of packets) {
    client.write(packet);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(() => client.isClosed || client.answers.length > 1, 'the connection to be closed');
  return client;
};

/** A version that speaks bytes. */
const byteServer = async (onData: (socket: Socket, bytes: string) => void): Promise<string> => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => onData(socket, bytes.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closed({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};

const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const inChunks = (mark: string, more: object = {}): string => `${chunk(jsonOf(mark, more))}0\r\n\r\n`;
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

/** Whatever is asked in chunks, and however it is answered. */
const ASKED: Readonly<Record<string, string>> = {
  'answered whole': post(CHUNKED, inChunks('m')),
  'answered by a stream': post(CHUNKED, inChunks('m', { stream: true })),
  'in an agent’s own protocol': post(CHUNKED, inChunks('m'), '/agents/support/x'),
  'with HEAD': `HEAD /agents/support/x HTTP/1.1\r\nHost: a\r\n${CHUNKED}\r\n${inChunks('m')}`,
  'refused for its body': post(CHUNKED, `${chunk('{')}0\r\n\r\n`),
  'refused for its agent': post(CHUNKED, `${chunk('{"model":"nobody"}')}0\r\n\r\n`),
  'to nowhere': post(CHUNKED, inChunks('m'), '/nowhere'),
  'to nowhere with HEAD': `HEAD /nowhere HTTP/1.1\r\nHost: a\r\n${CHUNKED}\r\n0\r\n\r\n`,
  'with a method that is not taken': post(CHUNKED, inChunks('m'), '/livez'),
  'to an endpoint that takes no body': `${get('/livez', CHUNKED)}0\r\n\r\n`,
  'to the list of models': `${get('/v1/models', CHUNKED)}0\r\n\r\n`,
  'to an endpoint that takes no body, with HEAD': `HEAD /readyz HTTP/1.1\r\nHost: a\r\n${CHUNKED}\r\n0\r\n\r\n`,
  'as feedback': post(CHUNKED, `${chunk('{}')}0\r\n\r\n`, '/v1/feedback'),
  'as a handshake': `${get('/agents/support/ws', `${CHUNKED}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`)}0\r\n\r\n`,
  'as a preflight': `OPTIONS /v1/models HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n${CHUNKED}\r\n0\r\n\r\n`,
};

describe('a request in chunks is the last of its connection', () => {
  it.each(Object.entries(ASKED))('%s: what comes behind it gets no answer', async (_name, asked) => {
    // In one packet; behind it, while it is answered; and behind its answer, which is read before.
    const together = await ask(asked + smuggle('1'));
    expect(together.answers.filter(({ status }) => status === 200)).toEqual([]);
    const behind = await ask(asked, smuggle('2'));
    expect(behind.answers.length).toBeLessThanOrEqual(1);
    for (const client of [together, behind]) expect(client.received.toString('latin1')).not.toContain('smuggled');
    expect(version.smuggled).toEqual([]);
  });

  it.each(Object.entries(ASKED))(
    '%s: alone it gets a whole answer, which says that it is the last',
    async (_name, asked) => {
      const client = new RawClient(door.server.port);
      client.write(asked);
      await until(() => /\r\n\r\n/.test(client.received.toString('latin1')), 'the answer');
      expect(client.received.toString('latin1')).toMatch(/\r\nconnection: close\r\n/i);
      // A HEAD's and a preflight's have no body.
      if (!/^(?:HEAD|OPTIONS)/.test(asked)) await until(() => client.answers.length === 1, 'all of the answer');
      client.destroy();
    },
  );
});

describe('what stands where a chunked body ends', () => {
  it.each(TRAILERS.map((trailer) => [JSON.stringify(trailer('m')), trailer] as const))(
    'is no request: %s',
    async (_text, trailer) => {
      for (const path of ['/v1/chat/completions', '/v1/models', '/livez', '/agents/support/x']) {
        const body = `${chunk(jsonOf('m'))}0\r\n`;
        for (const packets of [[post(CHUNKED, body, path) + trailer('m')], [post(CHUNKED, body, path), trailer('m')]]) {
          const { answers, received } = await ask(...packets);
          expect(answers.length).toBeLessThan(2);
          expect(received.toString('latin1')).not.toContain('smuggled');
        }
      }
      expect(version.smuggled).toEqual([]);
    },
  );

  it('keeps a request to itself if the server, which takes a trailer for a request line, answers 505', async () => {
    const { received } = await ask(post(CHUNKED, `${chunk(jsonOf('unasked'))}0\r\nX-Sum: 1\r\n\r\n`));
    expect(received.toString('latin1')).toMatch(/^HTTP\/1\.1 505 /);
    expect(version.marks).not.toContain('unasked');
  });

  it('is nothing for a client that does not read, either: while its answer waits, no byte behind its request is taken', async () => {
    const version = closed(
      await startRawVersion((req, res) => {
        if (req.url?.includes('first') !== true) {
          res.end('second');
          return;
        }
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.end('data: x\n\n'.repeat(1_000_000));
      }),
    );
    const door = await frontDoor({ views: [viewOf(version.url, version.url, 0)] });
    const client = new RawClient(door.server.port);
    client.socket.pause();
    client.write(post(CHUNKED, '0\r\n\r\n', '/agents/support/first'));
    await until(() => version.requests.length === 1, 'the first to be asked');
    client.write(get('/agents/support/second'));
    await until(() => door.server.pending() === 0, 'the front door to be rid of it');
    client.socket.resume();
    await client.closed();
    expect(version.requests.map(({ url }) => url)).toEqual(['/first']);
    expect(client.received.toString('latin1')).not.toContain('second');
  });

  it('is nothing behind a refusal that waits to be read, either', async () => {
    const small = closed(await startEchoVersion());
    const front = await frontDoor({ views: [] });
    const client = new RawClient(front.server.port);
    client.socket.pause();
    // Answers that fill what the operating system holds for a client that reads nothing.
    const big = closed(
      await startRawVersion(
        (_req, res) => void res.writeHead(200, { 'content-length': 12_000_000 }).end(Buffer.alloc(12_000_000)),
      ),
    );
    front.routed({ ...viewOf(big.url, big.url, 0), sequence: 4 });
    client.write(get('/agents/support/x'));
    await until(() => big.requests.length === 1, 'the big answer to be asked for');
    front.routed({ ...viewOf(small.url, small.url, 0), sequence: 5 });
    client.write(post(CHUNKED, '0\r\n\r\n', '/nowhere'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.write(smuggle('late'));
    await until(() => front.server.pending() === 0, 'the front door to be rid of it');
    client.socket.resume();
    await client.closed();
    expect(small.smuggled).toEqual([]);
  });
});

describe('an answer that is the last of its connection comes whole, however slowly it is read', () => {
  const MB = 1_048_576;
  it.each([
    ['in chunks', 'text/event-stream'],
    ['in one piece', 'application/json'],
  ])('%s', { timeout: 20_000 }, async (_name, type) => {
    const body = Buffer.alloc(12 * MB, `data: ${'x'.repeat(90)}\n\n`);
    const version = closed(
      await startRawVersion((_req, res) => {
        res.writeHead(200, { 'content-type': type, 'content-length': body.length });
        res.end(body);
      }),
    );
    const door = await frontDoor({ views: [viewOf(version.url, version.url, 0)], captureLimitBytes: 16 * MB });
    const client = new RawClient(door.server.port);
    client.socket.pause();
    client.write(post(CHUNKED, '0\r\n\r\n', '/agents/support/x'));
    await until(() => version.requests.length === 1, 'the version to be asked');
    for (let i = 0; i < 30; i += 1) {
      client.socket.resume();
      await new Promise((resolve) => setTimeout(resolve, 2));
      client.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    client.socket.resume();
    await client.answered();
    expect(client.answers[0]?.body.equals(body)).toBe(true);
    client.destroy();
  });
});

describe('a version gets one request, in a form of our own', () => {
  const bytesVersion = async () => {
    const seen: string[] = [];
    const url = await byteServer((socket, bytes) => {
      seen.push(bytes);
      if (/(?:\r\n\r\n|\})$/.test(bytes)) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
    const door = await frontDoor({ views: [viewOf(url, url, 0)] });
    return async (asked: string): Promise<string> => {
      const client = new RawClient(door.server.port);
      client.write(asked);
      await client.answered();
      client.destroy();
      return seen.join('');
    };
  };

  it.each([
    [`${chunk('hel')}${chunk('lo')}0\r\n\r\n`, /\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n$/],
    [`5 ;a="b"\r\nhelloXX0\r\n\r\n`, /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/],
    [`5 \nhello\n\n0\n\r\n`, /\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/],
  ])('however its chunks were written: %j', async (body, framed) => {
    const asked = await bytesVersion();
    const hop = 'Trailer: G\r\nTE: trailers\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent_Length: 3\r\n';
    const text = await asked(post(CHUNKED + hop, body, '/agents/support/x'));
    expect(text).toMatch(framed);
    expect(text.match(/HTTP\/1\.1\r\n/g)).toHaveLength(1);
    const framing = /^(?:transfer-encoding|content-length|content_length|trailer|te|connection|x-hop):.*$/gim;
    expect(text.match(framing)).toEqual(['transfer-encoding: chunked']);
  });

  it('with the length that the body has, where it is read whole', async () => {
    const asked = await bytesVersion();
    const text = await asked(post(CHUNKED, inChunks('m')));
    expect(text.match(/^(transfer-encoding|content-length):.*$/gim)).toEqual([`content-length: ${jsonOf('m').length}`]);
    expect(text.endsWith(`\r\n\r\n${jsonOf('m')}`)).toBe(true);
  });
});

describe('an endpoint that takes no body', () => {
  it.each(['/livez', '/readyz', '/v1/models', '/v1/models/support', '/metrics'])(
    '%s refuses one, and closes the connection',
    async (path) => {
      const { answers } = await ask(`${get(path, 'Content-Length: 5\r\n')}hello${get('/livez')}`);
      expect(answers.map(({ status }) => status).filter((status) => status !== 400)).toEqual([]);
      const alone = await ask(get(path, 'Content-Length: 5\r\n'), 'hello');
      expect(alone.answers.map(({ status }) => status)).toEqual([400]);
    },
  );
});

describe('an answer without a body', () => {
  it.each([
    ['GET', '204 No Content', 'content-length: 7\r\n', null],
    ['GET', '204 No Content', 'transfer-encoding: chunked\r\n', null],
    ['HEAD', '204 No Content', 'content-length: 7\r\n', null],
    ['GET', '205 Reset Content', 'content-length: 7\r\n\r\n12345', '0'],
    ['GET', '205 Reset Content', 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n', '0'],
    ['GET', '304 Not Modified', 'content-length: 7\r\n', '7'],
    ['HEAD', '200 OK', 'content-length: 7\r\n', '7'],
    ['HEAD', '200 OK', 'transfer-encoding: chunked\r\n', null],
    ['GET', '100 Continue\r\ncontent-length: 7\r\n\r\nHTTP/1.1 204 No Content', 'x: y\r\n', null],
    ['GET', '103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 205 Reset Content', 'content-length: 0\r\n', '0'],
  ])('to %s of a version that says %j, %j, tells the length %j', async (method, status, headers, length) => {
    const url = await byteServer((socket) => socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n`));
    const door = await frontDoor({ views: [viewOf(url, url, 0)] });
    const client = new RawClient(door.server.port);
    client.write(`${method} /agents/support/x HTTP/1.1\r\nHost: a\r\n\r\n`);
    await until(() => client.received.includes('\r\n\r\n'), 'the head');
    // What did not belong to the answer would now be taken for this one.
    client.write(get('/livez'));
    await until(() => client.received.includes('{"status":"ok"}'), 'the next answer');
    const [head = '', next = ''] = client.received.toString('latin1').split('\r\n\r\n');
    client.destroy();
    expect(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? null).toBe(length);
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(next).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});
