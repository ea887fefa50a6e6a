import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  brotliCompressSync,
  brotliDecompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { closedAfterEach, completion, until, viewOf } from './front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from './front-door.harness.ts';
import { bodyOf, callRaw, mirror, mirrored, RawClient, startRawVersion } from './raw-http.harness.ts';

/** Bodies in a coding, both ways. */

const { closed, frontDoor, onClose } = closedAfterEach();
type Answer = (req: IncomingMessage, res: ServerResponse) => void;
const setUp = async (answer: Answer, options: Partial<FrontDoorOptions> = {}) => {
  const v1 = closed(await startRawVersion(answer));
  return { v1, door: await frontDoor({ views: [viewOf(`${v1.url}/v1`, `${v1.url}/v1`, 0)], ...options }) };
};
const exchange = (door: TestFrontDoor, at = 0) => until(() => door.exchanges()[at], 'the exchange');
const codeOf = ({ body }: { body: Buffer }): string =>
  (JSON.parse(body.toString()) as { error: { code: string } }).error.code;

const ENCODE: Readonly<Record<string, (body: Buffer | string) => Buffer>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZIP: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
const DECODE: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  GZIP: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};
const CODINGS = Object.keys(ENCODE);
const ask = (more: object = {}): string => JSON.stringify({ model: 'support', user: 'u1', messages: [], ...more });
const ANSWER = JSON.stringify(completion('hello'));
const STREAM = 'data: {"choices":[{"index":0,"delta":{"content":"hello"},"finish_reason":null}]}\n\n';
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const DONE = 'data: [DONE]\n\n';

/** A version that answers in a coding whatever it is asked. */
const encoded =
  (coding: string, body: Buffer, type = 'application/json'): Answer =>
  (req, res) => {
    req.resume();
    res.writeHead(200, { 'content-type': type, 'content-encoding': coding, 'content-length': body.length }).end(body);
  };
const chat = (door: TestFrontDoor, accepted: string | null, more: object = {}) =>
  callRaw(
    `${door.url}/v1/chat/completions`,
    { method: 'POST', headers: accepted === null ? {} : { 'accept-encoding': accepted } },
    ask(more),
  );

describe('a version', () => {
  it('is asked for bytes as they are, whatever the client takes', async () => {
    const { door } = await setUp(mirror);
    for (const path of ['/v1/chat/completions', '/agents/support/x']) {
      const headers = { 'accept-encoding': 'gzip, br' };
      const { body } = await callRaw(`${door.url}${path}`, { method: 'POST', headers }, ask());
      expect(mirrored(body).headers['accept-encoding']).toBe('identity');
    }
  });
});

describe.each(CODINGS)('an answer in %s', (coding) => {
  it('goes on as it is to a client that takes it, and is read and kept decoded', async () => {
    const body = ENCODE[coding]!(ANSWER);
    const { door } = await setUp(encoded(coding, body));
    const answer = await chat(door, 'gzip, deflate;q=0.5, br, zstd');
    expect([answer.headers['content-encoding'], answer.body]).toEqual([coding, body]);
    expect(answer.headers['content-length']).toBe(String(body.length));
    expect(await exchange(door)).toMatchObject({
      outcome: 'ok',
      promptTokens: 10,
      completionTokens: 5,
      responseBody: { state: 'full', text: ANSWER, sizeBytes: ANSWER.length },
    });
  });

  it.each([null, 'identity', 'gzip;q=0, deflate;q=0, br;q=0.0, zstd;q=0', 'compress'])(
    'is decoded for a client that does not take it (%s)',
    async (accepted) => {
      const { door } = await setUp(encoded(coding, ENCODE[coding]!(ANSWER)));
      const answer = await chat(door, accepted);
      expect([answer.headers['content-encoding'], answer.body.toString()]).toEqual([undefined, ANSWER]);
      expect((await exchange(door)).responseBody.text).toBe(ANSWER);
    },
  );

  it('that is an error after a good status is one', async () => {
    const { door } = await setUp(encoded(coding, ENCODE[coding]!('{"error":{"message":"no"}}')));
    await chat(door, 'gzip, deflate, br, zstd');
    expect((await exchange(door)).outcome).toBe('upstream_error');
  });

  it('that is a stream is one of whole events, none of ours within compressed bytes', async () => {
    const whole = ENCODE[coding]!(STREAM + FINISH + DONE);
    const { door } = await setUp((req, res) => {
      req.resume();
      res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding });
      for (const byte of whole) res.write(Buffer.from([byte]));
      res.end();
    });
    const answer = await chat(door, 'gzip, deflate, br, zstd', { stream: true });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.body.toString()).toMatch(/^data: \{.*\n\ndata: \{.*\n\nid: \S+\ndata: \[DONE\]\n\n$/);
    expect(await exchange(door)).toMatchObject({ outcome: 'ok', responseBody: { text: STREAM + FINISH + DONE } });
  });

  it('that is a stream and is cut short is told to be', async () => {
    const { door } = await setUp(encoded(coding, ENCODE[coding]!(STREAM), 'text/event-stream'));
    const answer = await chat(door, 'gzip, deflate, br, zstd', { stream: true });
    expect(answer.body.toString()).toMatch(/^data: \{.*\n\ndata: \{"error":\{.*upstream_error.*\n\n$/);
    expect((await exchange(door)).outcome).toBe('truncated');
  });

  it('on /agents goes on as it is, piece by piece, and is decoded for a client that says it does not take it', async () => {
    const body = ENCODE[coding]!(STREAM);
    const { door } = await setUp(encoded(coding, body, 'text/event-stream'));
    const intact = await callRaw(`${door.url}/agents/support/x`);
    expect([intact.headers['content-encoding'], DECODE[coding]!(intact.body).toString()]).toEqual([coding, STREAM]);
    const headers = { 'accept-encoding': 'identity' };
    const decoded = await callRaw(`${door.url}/agents/support/x`, { headers });
    expect([decoded.headers['content-encoding'], decoded.body.toString()]).toEqual([undefined, STREAM]);
    expect((await exchange(door)).responseBody.text).toBe(STREAM);
    expect((await exchange(door, 1)).responseBody.text).toBe(STREAM);
  });

  it('that breaks off is no whole one', async () => {
    const body = ENCODE[coding]!('x'.repeat(5_000) + ANSWER);
    const { door } = await setUp(encoded(coding, body.subarray(0, -8)));
    expect((await chat(door, 'identity')).status).toBe(502);
    await chat(door, 'gzip, deflate, br, zstd');
    expect([(await exchange(door)).outcome, (await exchange(door, 1)).outcome]).toEqual([
      'upstream_error',
      'truncated',
    ]);
  });
});

describe('an encoded answer', () => {
  it('by raw deflate, which some servers mean by deflate, and by two codings is decoded', async () => {
    const raw = await setUp(encoded('deflate', deflateRawSync(ANSWER)));
    expect((await chat(raw.door, 'identity')).body.toString()).toBe(ANSWER);
    const two = await setUp(encoded('gzip, br', brotliCompressSync(gzipSync(ANSWER))));
    expect((await chat(two.door, 'identity')).body.toString()).toBe(ANSWER);
    expect((await chat(two.door, 'gzip')).headers['content-encoding']).toBeUndefined();
    expect((await chat(two.door, 'gzip, br')).headers['content-encoding']).toBe('gzip, br');
  });

  it('by two codings in two headers is decoded, and goes on with both', async () => {
    const body = brotliCompressSync(gzipSync(ANSWER));
    const { door } = await setUp((req, res) => {
      req.resume();
      res.setHeader('content-encoding', ['gzip', 'BR']).setHeader('content-type', 'application/json').end(body);
    });
    expect((await chat(door, 'gzip')).body.toString()).toBe(ANSWER);
    const taken = await chat(door, 'gzip, br');
    expect([taken.headers['content-encoding'], taken.body]).toEqual(['gzip, BR', body]);
    for (const at of [0, 1]) expect((await exchange(door, at)).responseBody.text).toBe(ANSWER);
  });

  it.each(['identity', 'UTF-8', 'none', ''])('told to be in %j is in none: a stream of it is read', async (coding) => {
    const { door } = await setUp(encoded(coding, Buffer.from(STREAM), 'text/event-stream'));
    const answer = await chat(door, 'gzip', { stream: true });
    expect(answer.body.toString()).toContain('upstream_error');
    expect(await exchange(door)).toMatchObject({ outcome: 'truncated', responseBody: { text: STREAM } });
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])('that is a stream goes on event by event, decoded: %s', async (coding) => {
    const packers = { gzip: createGzip, deflate: createDeflate, br: createBrotliCompress, zstd: createZstdCompress };
    const packer = packers[coding as keyof typeof packers]();
    const { door } = await setUp((req, res) => {
      req.resume();
      res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding });
      packer.pipe(res);
      packer.write(STREAM);
      packer.flush();
    });
    const body = ask({ stream: true });
    const client = new RawClient(door.server.port);
    onClose(async () => client.destroy());
    client.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await until(() => client.received.includes(STREAM), 'the first event');
    packer.end(FINISH + DONE);
    await client.answered();
    expect(client.answers[0]!.body.toString()).toContain(FINISH);
  });

  it('of gzip in two members is all of them', async () => {
    const [half, rest] = [ANSWER.slice(0, 20), ANSWER.slice(20)];
    const { door } = await setUp(encoded('gzip', Buffer.concat([gzipSync(half), gzipSync(rest)])));
    expect((await chat(door, null)).body.toString()).toBe(ANSWER);
  });

  it('that has no body is none of a broken coding: 204, 304, nothing at all, and to HEAD', async () => {
    const { door } = await setUp((req, res) => {
      const status = Number(req.url!.slice('/v1/'.length)) || 200;
      res.writeHead(status, { 'content-encoding': 'gzip', ...(status === 200 ? { 'content-length': 0 } : {}) }).end();
    });
    const headers = { 'accept-encoding': 'identity' };
    for (const [method, status] of [
      ['GET', 204],
      ['GET', 304],
      ['GET', 200],
      ['HEAD', 200],
    ] as const) {
      const answer = await callRaw(`${door.url}/agents/support/${status}`, { method, headers });
      expect([answer.status, answer.body]).toEqual([status, Buffer.alloc(0)]);
    }
    await until(() => door.exchanges().length === 4, 'the exchanges');
    expect(door.exchanges().map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('in a coding that nobody knows goes on as it is, without words of ours', async () => {
    const bytes = Buffer.from([0x1f, 0x9d, 0x90, 0xff, 0x00]);
    const { door } = await setUp(encoded('compress', bytes, 'text/event-stream'));
    const answer = await chat(door, 'gzip', { stream: true });
    expect([answer.headers['content-encoding'], answer.body]).toEqual(['compress', bytes]);
    expect((await exchange(door)).responseBody).toMatchObject({ state: 'hashed', sizeBytes: 5 });
  });

  it('of a length over what is kept is relayed whole, and kept cut', async () => {
    const long = 'y'.repeat(50_000) + ANSWER;
    const { door } = await setUp(encoded('gzip', gzipSync(long)), { captureLimitBytes: 1_000 });
    expect((await chat(door, 'identity')).body.toString()).toBe(long);
    expect(gunzipSync((await chat(door, 'gzip')).body).toString()).toBe(long);
    for (const at of [0, 1])
      expect((await exchange(door, at)).responseBody).toMatchObject({ state: 'truncated', sizeBytes: long.length });
  });

  it('that is a bomb is cut where all others are, and its end is not waited for', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000), { level: 1 });
    const { door } = await setUp(encoded('gzip', bomb), { captureLimitBytes: 1_000 });
    expect((await chat(door, 'gzip')).body).toEqual(bomb);
    const { responseBody } = await exchange(door);
    expect(responseBody.state).toBe('truncated');
    expect(responseBody.text).toHaveLength(1_000);
    expect(responseBody.sizeBytes).toBeLessThan(80_000_000);
  }, 20_000);

  it('that is decoded for a client that reads slowly does not fill the memory', async () => {
    const bomb = gzipSync(Buffer.alloc(300_000_000), { level: 1 });
    const { door } = await setUp(encoded('gzip', bomb));
    const client = new RawClient(door.server.port);
    onClose(async () => client.destroy());
    client.socket.pause();
    const before = process.memoryUsage().rss;
    client.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${ask().length}\r\n\r\n${ask()}`);
    await until(() => door.server.pending() === 1, 'the request');
    let last = -1;
    await until(() => {
      const held = client.socket.bytesRead + Math.round(process.memoryUsage().rss / 1e6);
      const isStill = held === last;
      last = held;
      return isStill;
    }, 'the version to be held back');
    expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(150);
  }, 20_000);
});

describe('a request in a coding', () => {
  const send = (door: TestFrontDoor, path: string, coding: string, body: Buffer | string) =>
    callRaw(`${door.url}${path}`, { method: 'POST', headers: { 'content-encoding': coding } }, body);

  it.each([...CODINGS, 'identity', 'utf-8', 'gzip, br'])(
    '%s is decoded, and goes on as it was before',
    async (coding) => {
      const encode = coding === 'gzip, br' ? (body: string) => brotliCompressSync(gzipSync(body)) : ENCODE[coding];
      const { door } = await setUp(mirror);
      const answer = await send(door, '/v1/chat/completions', coding, encode === undefined ? ask() : encode(ask()));
      const got = mirrored(answer.body);
      expect(got).toMatchObject({ body: ask(), headers: { 'content-length': String(ask().length) } });
      expect(got.headers).not.toHaveProperty('content-encoding');
      expect((await exchange(door)).requestBody.text).toBe(ask());
    },
  );

  it('that grows over the limit is too large, however small it came', async () => {
    const { door, v1 } = await setUp(mirror, { policy: { limits: { maxBodyBytes: 100_000 } } });
    for (const coding of ['gzip', 'deflate', 'br', 'zstd']) {
      const answer = await send(door, '/v1/chat/completions', coding, ENCODE[coding]!('x'.repeat(1_000_000)));
      expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large']);
    }
    expect(v1.requests).toHaveLength(0);
  });

  it('that nobody understands is refused, with what is understood', async () => {
    const { door } = await setUp(mirror);
    for (const coding of ['compress', 'gzip, aws-chunked', 'gzip, gzip, gzip, gzip']) {
      const answer = await send(door, '/v1/chat/completions', coding, gzipSync(ask()));
      expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported_content_encoding']);
      expect(answer.headers['accept-encoding']).toBe('gzip, deflate, br, zstd');
      expect(answer.body.toString()).toContain('gzip, deflate, br, zstd');
    }
  });

  it('that it is not in, or not whole, is refused for that', async () => {
    const { door } = await setUp(mirror);
    for (const [coding, body] of [
      ['gzip', ask()],
      ['gzip', gzipSync(ask()).subarray(0, -4)],
      ['x-gzip', ask()],
      ['gzip, br', brotliCompressSync(ask())],
      ['deflate', ask()],
      ['deflate', deflateSync(ask()).subarray(0, -4)],
      ['br', ask()],
      ['br', brotliCompressSync(ask()).subarray(0, -4)],
      ['zstd', ask()],
      ['zstd', zstdCompressSync(ask()).subarray(0, -4)],
    ] as const) {
      const answer = await send(door, '/v1/chat/completions', coding, body);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'bad_content_encoding']);
    }
  });

  it('is understood for feedback, too', async () => {
    const { door } = await setUp(mirror);
    const answer = await send(door, '/v1/feedback', 'gzip', gzipSync('{"exchange_id":"x","thumbs":"up"}'));
    expect(codeOf(answer)).toBe('invalid_exchange_id');
  });

  it('is an agent’s own business on /agents: it passes as it is', async () => {
    const got: Buffer[] = [];
    const { door, v1 } = await setUp((req, res) => void bodyOf(req).then((body) => res.end(String(got.push(body)))));
    const body = gzipSync('zipped '.repeat(100));
    await send(door, '/agents/support/x', 'gzip', body);
    expect([got[0], v1.requests[0]?.headers['content-encoding']]).toEqual([body, 'gzip']);
  });
});
