import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { SendOptions } from './replaying.ts';
import { createUpstream } from './upstream.io.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
const serve = async (handle: RequestListener, port = 0): Promise<string> => {
  const server = createServer(handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
};
/** Some of those that WHATWG Fetch, section 2.9, calls bad. */
const REFUSED_BY_FETCH = [10_080, 6_697, 6_669, 6_668, 6_566, 6_000, 5_061, 5_060];
const serveAtOneOf = async ([port, ...others]: readonly number[], handle: RequestListener): Promise<string> => {
  if (port === undefined) throw new Error('all of these ports are taken');
  return serve(handle, port).catch(() => serveAtOneOf(others, handle));
};
const CHAT: SendOptions = {
  version: 'v2',
  contentType: 'application/json',
  isStream: false,
  asked: { path: '/v1/chat/completions', answerPath: '' },
};
const send = (url: string, limitBytes = 1_000, timeoutMs = 5_000) =>
  createUpstream({ timeoutMs, limitBytes, nowMs: () => performance.now(), credentials: [] })(
    url,
    '/chat/completions',
    '{"a":"é"}',
    CHAT,
  );
const SSE = { 'content-type': 'text/event-stream' };
const answerOf = (content: string): string => JSON.stringify({ choices: [{ message: { content } }] });
const chunk = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const DONE = 'data: [DONE]\n\n';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a replay', () => {
  it('sends the body as it was, marked as a shadow, with nothing of the client', async () => {
    let headers: IncomingHttpHeaders = {};
    let seen = '';
    const url = await serve((req, res) => {
      ({ headers } = req);
      req.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      req.on('end', () => res.setHeader('content-type', 'application/json').end(answerOf(`${req.method} ${req.url}`)));
    });
    const answer = await send(`${url}/`);
    expect(seen).toBe('{"a":"é"}');
    expect(headers).toMatchObject({ 'x-coalmine-shadow': '1', 'x-coalmine-version': 'v2' });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['authorization']));
    const text = answerOf('POST /v1/chat/completions');
    expect(answer).toMatchObject({ status: 200, outcome: 'ok' });
    expect(answer.responseBody).toEqual({
      state: 'full',
      contentType: 'application/json',
      text,
      sizeBytes: text.length,
      sha256: sha256(text),
    });
    expect(answer.firstByteMs).toBeLessThanOrEqual(answer.latencyMs);
  });

  it('goes where its call goes, in its own type, and asks for events where the client did', async () => {
    const seen: [string | undefined, IncomingHttpHeaders][] = [];
    const url = await serve((req, res) => (seen.push([req.url, req.headers]), void res.end('{}')));
    const upstream = createUpstream({ timeoutMs: 5_000, limitBytes: 9, nowMs: () => 1, credentials: [] });
    const asked = { path: '/agents/helpdesk/v1/messages?beta=true', answerPath: '' };
    await upstream(url, '/v1/messages?beta=true', 'hi', { ...CHAT, contentType: 'text/plain', isStream: true, asked });
    expect(seen).toMatchObject([
      ['/v1/v1/messages?beta=true', { 'content-type': 'text/plain', accept: 'text/event-stream' }],
    ]);
    expect(Object.keys(seen[0]![1])).not.toEqual(expect.arrayContaining(['cookie']));
  });

  it.each([
    [200, 'ok'],
    [302, 'upstream_error'],
    [404, 'client_error'],
    [429, 'client_error'],
    [500, 'upstream_error'],
    [503, 'upstream_error'],
  ])('answered with %i is %s', async (status, outcome) => {
    const url = await serve(
      (_, res) => void res.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(answerOf('x')),
    );
    expect(await send(url)).toMatchObject({ status, outcome });
  });

  it('keeps the first bytes of a long answer, cut between characters, and the size and hash of all of it', async () => {
    const text = `abc${'é'.repeat(1_000)}`;
    const url = await serve((_, res) => void res.end(text));
    const { responseBody } = await send(url, 10);
    expect(responseBody).toMatchObject({ state: 'truncated', text: 'abcééé', sizeBytes: 2_003, sha256: sha256(text) });
  });

  it('takes an error in the answer’s own words for one', async () => {
    const url = await serve((_, res) => void res.end('{"error":{"message":"overloaded"}}'));
    expect(await send(url)).toMatchObject({ status: 200, outcome: 'upstream_error' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['deflate', deflateRawSync],
    ['X-GZip', gzipSync],
    ['gzip, zstd', (text: string) => zstdCompressSync(gzipSync(text))],
    ['utf-8', (text: string) => text],
  ])(
    'asks for none, and undoes the coding of a version that packs its answer all the same: %s',
    async (coding, pack) => {
      const seen: unknown[] = [];
      const text = '{"choices":[{"message":{"content":"é"}}]}';
      const url = await serve((req, res) => {
        seen.push(req.headers['accept-encoding']);
        res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding }).end(pack(text));
      });
      const answer = await send(url);
      expect(seen).toEqual(['identity']);
      expect(answer).toMatchObject({ outcome: 'ok', responseBody: { state: 'full', text, sha256: sha256(text) } });
    },
  );

  it.each([
    ['zstd', 'no zstd'],
    ['gzip', answerOf('no gzip')],
    ['gzip', gzipSync(answerOf('cut')).subarray(0, -4)],
    ['br', brotliCompressSync(answerOf('cut')).subarray(0, -4)],
  ])(
    'takes bytes that are not of the coding they are told to be of, or not all, for an error: %s',
    async (coding, bytes) => {
      const url = await serve((_, res) => void res.writeHead(200, { 'content-encoding': coding }).end(bytes));
      expect(await send(url)).toMatchObject({ status: 502, outcome: 'upstream_error' });
    },
  );

  it('of no bytes is an empty answer in whatever coding', async () => {
    const url = await serve((_, res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end());
    expect(await send(url)).toMatchObject({ status: 200, outcome: 'upstream_error', responseBody: { sizeBytes: 0 } });
  });

  it('asks an upstream at any port that the front door asks', async () => {
    const url = await serveAtOneOf(REFUSED_BY_FETCH, (_, res) => void res.end(answerOf('x')));
    expect(await send(url)).toMatchObject({ status: 200, outcome: 'ok' });
  });

  it('knows an answer that is no text by its hash alone', async () => {
    const bytes = Buffer.alloc(1_000, 0xff);
    const url = await serve((_, res) => void res.end(bytes));
    const { responseBody } = await send(url);
    expect(responseBody).toMatchObject({ state: 'hashed', text: '', sizeBytes: 1_000 });
  });

  it('stops reading an answer without end', async () => {
    const url = await serve((_, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write('x'.repeat(65_536)));
        if (!res.destroyed) res.once('drain', more);
      };
      more();
    });
    const { responseBody } = await send(url, 10);
    expect(responseBody.state).toBe('truncated');
    expect(responseBody.sizeBytes).toBeLessThan(32 * 1_048_576);
  });
});

it('asks below the upstream’s path, with the queries of the upstream and of the call', async () => {
  const urls: (string | undefined)[] = [];
  const url = await serve((req, res) => (urls.push(req.url), void res.end('{}')));
  const options = { timeoutMs: 5_000, limitBytes: 1_000, nowMs: () => performance.now(), credentials: [] };
  const ask = createUpstream(options);
  await ask(`${url}/base/?api-version=2`, '/chat/completions', '{}', CHAT);
  await ask(`${url}/base?api-version=2`, '/chat/completions?trace=1', '{}', CHAT);
  expect(urls).toEqual(['/v1/base/chat/completions?api-version=2', '/v1/base/chat/completions?api-version=2&trace=1']);
});

describe('the mirror’s own credentials', () => {
  const SECRET = 'k"ey-0123456789';
  const keyFor = (url: string) => ({
    origin: new URL(url).origin,
    header: 'authorization',
    value: `Bearer ${SECRET}`,
    secret: SECRET,
  });
  const sendWith = (url: string, of: string) => {
    const options = { timeoutMs: 5_000, limitBytes: 1_000, nowMs: () => performance.now(), credentials: [keyFor(of)] };
    return createUpstream(options)(url, '/chat/completions', '{}', CHAT);
  };
  const seenBy = (): { seen: IncomingHttpHeaders[]; handle: RequestListener } => {
    const seen: IncomingHttpHeaders[] = [];
    return { seen, handle: (req, res) => (seen.push(req.headers), void res.end('{}')) };
  };

  it('go to the upstream that they name, beside the mark of a shadow', async () => {
    const { seen, handle } = seenBy();
    const url = await serve(handle);
    await sendWith(url, url);
    expect(seen).toMatchObject([{ authorization: `Bearer ${SECRET}`, 'x-coalmine-shadow': '1' }]);
  });

  it('go to no other, not even on the same host', async () => {
    const { seen, handle } = seenBy();
    const [named, other] = [await serve(handle), await serve(handle)];
    await sendWith(other, named);
    await sendWith(other.replace('127.0.0.1', 'localhost'), other);
    expect(seen.map(({ authorization }) => authorization)).toEqual(seen.map(() => undefined));
    expect(seen.length).toBeGreaterThan(0);
  });

  it('do not follow a redirect', async () => {
    const { seen, handle } = seenBy();
    const target = await serve(handle);
    const url = await serve((_, res) => void res.writeHead(307, { location: `${target}/chat/completions` }).end());
    expect(await sendWith(url, url)).toMatchObject({ status: 307, outcome: 'upstream_error' });
    expect(seen).toEqual([]);
  });

  it('are taken out of an answer that quotes them', async () => {
    const url = await serve(
      (req, res) => void res.writeHead(401).end(JSON.stringify({ wrong: req.headers.authorization })),
    );
    const { responseBody } = await sendWith(url, url);
    expect(responseBody).toMatchObject({ state: 'redacted', text: '{"wrong":"Bearer [CREDENTIAL]"}', sha256: '' });
  });

  it('are taken out of a content type that quotes them', async () => {
    const url = await serve(
      (req, res) => void res.writeHead(200, { 'content-type': `text/${req.headers.authorization}` }).end('{}'),
    );
    expect((await sendWith(url, url)).responseBody.contentType).toBe('text/Bearer [CREDENTIAL]');
  });

  it('stand in no error of an upstream that can’t be reached', async () => {
    const answer = await sendWith('http://127.0.0.1:1/v1', 'http://127.0.0.1:1/v1');
    expect(answer.outcome).toBe('upstream_error');
    expect(JSON.stringify(answer)).not.toContain('0123456789');
  });
});

describe('an answer with a good status', () => {
  const LONG = chunk('x'.repeat(900));
  const RESPONSE = { status: 'completed', output: [{ type: 'message', content: 'x'.repeat(9_000) }] };
  it.each<[string, string, string]>([
    ['ok', 'a stream with its mark', chunk('Hi') + DONE],
    ['ok', 'a stream with its reason to finish', chunk('Hi', 'stop')],
    [
      'ok',
      'one whose usage of 9 kB comes last',
      `${chunk('Hi', 'stop')}data: {"choices":[],"usage":{"x":"${'y'.repeat(9_000)}"}}\n\n`,
    ],
    ['ok', 'one that is longer than is kept', LONG.repeat(100) + chunk('', 'stop')],
    ['truncated', 'a stream without its end', chunk('Hi')],
    ['truncated', 'one that is longer than is kept', LONG.repeat(100)],
    ['truncated', 'an empty reason to finish', chunk('Hi', '')],
    ['truncated', 'an error', `${chunk('Hi')}event: error\ndata: {"message":"down"}\n\n`],
    [
      'truncated',
      'an error longer than the end',
      `${LONG.repeat(3)}data: {"error":{"message":"${'y'.repeat(9_000)}"}}\n\n`,
    ],
    ['upstream_error', 'nothing', ''],
    ['upstream_error', 'the mark alone', DONE],
  ])('is %s where it is a stream of %s', async (outcome, _, text) => {
    const url = await serve((_, res) => void res.writeHead(200, SSE).end(text));
    expect(await send(url, 1_000)).toMatchObject({ status: 200, outcome });
    expect(await send(url, 100_000)).toMatchObject({ status: 200, outcome });
  });

  it('is what a response’s last event says', async () => {
    const of = async (event: object) => {
      const url = await serve((_, res) => void res.writeHead(200, SSE).end(`data: ${JSON.stringify(event)}\n\n`));
      const upstream = createUpstream({ timeoutMs: 5_000, limitBytes: 100_000, nowMs: () => 0, credentials: [] });
      const asked = { path: '/v1/responses', answerPath: '' };
      return (await upstream(url, '/responses', '{}', { ...CHAT, asked })).outcome;
    };
    expect(await of({ type: 'response.completed', response: RESPONSE })).toBe('ok');
    expect(await of({ type: 'response.failed', response: { error: { message: 'down' } } })).toBe('truncated');
    expect(await of({ type: 'response.created', response: {} })).toBe('truncated');
  });

  it.each(['', 'null', '{"choices":[]}', '<html></html>', 'starting', Buffer.alloc(100, 0xff)])(
    'and no answer in it is an error: %j',
    async (answer) => {
      const url = await serve((_, res) => void res.end(answer));
      expect(await send(url)).toMatchObject({ status: 200, outcome: 'upstream_error' });
    },
  );
});

describe('an upstream in trouble', () => {
  it('is an error where nobody listens', async () => {
    expect(await send('http://127.0.0.1:1/v1')).toMatchObject({
      status: 502,
      outcome: 'upstream_error',
      firstByteMs: null,
      responseBody: { text: '' },
    });
  });

  it.each([
    ['never answers', () => {}, 504, 'upstream_timeout'],
    ['hangs within a plain answer', (_req, res) => void res.writeHead(200).write('{'), 504, 'upstream_timeout'],
    ['hangs within a stream', (_req, res) => void res.writeHead(200, SSE).write('data: {}\n\n'), 200, 'truncated'],
    [
      'hangs after the end of a stream',
      (_req, res) => void res.writeHead(200, SSE).write(chunk('Hi') + DONE),
      200,
      'ok',
    ],
  ] as [string, RequestListener, number, string][])('that %s is %i %s', async (_, handle, status, outcome) => {
    expect(await send(await serve(handle), 1_000, 100)).toMatchObject({ status, outcome });
  });

  it.each([
    ['the end', DONE, 'ok'],
    ['an error', 'data: {"error":{"message":"down"}}\n\n', 'truncated'],
  ])('that lingers behind %s of a stream is not waited for', async (_, last, outcome) => {
    const url = await serve((_req, res) => void res.writeHead(200, SSE).write(chunk('Hi') + last));
    const answer = await send(url, 1_000, 60_000);
    expect(answer).toMatchObject({ status: 200, outcome, responseBody: { text: chunk('Hi') + last } });
  });

  it('that breaks off is an error for a plain answer and cuts a stream', async () => {
    const breaking = (headers: Record<string, string>, text: string): Promise<string> =>
      serve((_, res) => {
        res.writeHead(200, { ...headers, 'content-length': '1000' }).write(text);
        setImmediate(() => res.destroy());
      });
    expect(await send(await breaking({}, '{"choices":'))).toMatchObject({ status: 502, outcome: 'upstream_error' });
    expect(await send(await breaking(SSE, chunk('Hi')))).toMatchObject({ status: 200, outcome: 'truncated' });
  });
});
