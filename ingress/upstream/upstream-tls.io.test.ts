import { afterEach, describe, expect, it } from 'vitest';
import { headerListOf } from '../protocol/request-headers.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';
import { answerJson, startUpstream, until } from '../test/front-door.harness.ts';
import { createUpstreamTls } from './upstream-tls.io.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
const setUp = async (answer: Parameters<typeof startUpstream>[0]) => {
  const upstream = await startUpstream(answer);
  const client = createUpstreamTls();
  cleanups.push(() => upstream.close(), client.close);
  const seen = { status: 0, headers: [] as string[], body: '', ended: false, failure: null as UpstreamFailure | null };
  const send = (url = upstream.url, headerLines = 'x-a: b: c\r\ncontent-type: x\r\n') =>
    client.send(
      {
        upstream: url,
        method: 'POST',
        limits: { connectMs: 500, firstByteMs: 300, idleMs: 300, totalMs: 2_000 },
        path: '/chat/completions',
        headerLines,
        body: Buffer.from('{}'),
      },
      {
        onHead: (status, headers) => {
          seen.status = status;
          seen.headers = [...headers];
        },
        onData: (chunk) => (seen.body += chunk.toString()),
        onEnd: () => (seen.ended = true),
        onFailure: (failure) => (seen.failure = failure),
      },
    );
  return { upstream, send, seen };
};

/** Undici does the same with and without TLS, so a plain server will do. */
describe('the client for TLS upstreams', () => {
  it('sends what it is given and reports head, body and end', async () => {
    const { upstream, send, seen } = await setUp((res, body) => answerJson(res, { got: body }, 201));
    send();
    await until(() => seen.ended, 'the end');
    expect([seen.status, seen.body]).toEqual([201, '{"got":"{}"}']);
    expect(seen.headers).toContain('application/json');
    expect(upstream.requests[0]).toMatchObject({
      url: '/v1/chat/completions',
      headers: { 'x-a': 'b: c', 'content-type': 'x' },
    });
  });

  it('keeps the query of its base URL behind the path', async () => {
    const { upstream, send, seen } = await setUp((res) => answerJson(res, {}));
    send(`${upstream.url}/?api-version=2`);
    await until(() => seen.ended, 'the end');
    expect(upstream.requests[0]!.url).toBe('/v1/chat/completions?api-version=2');
  });

  it('passes the bytes of headers, both ways', async () => {
    const value = 'attachment; filename="r\xc3\xa9sum\xc3\xa9 caf\xe9 voil\xc3\xa0"';
    const { upstream, send, seen } = await setUp((res) => {
      res.writeHead(200, { 'x-name': `${value}\xe9`, 'content-disposition': value, 'content-type': 'a/b' }).end('{}');
    });
    send(upstream.url, `x-name: ${value}\xe9\r\ncontent-disposition: ${value}\r\n`);
    await until(() => seen.ended, 'the end');
    const { headers } = upstream.requests[0]!;
    expect([headers['x-name'], headers['content-disposition']]).toEqual([`${value}\xe9`, value]);
    expect(seen.headers).toEqual(expect.arrayContaining([`${value}\xe9`, value]));
  });

  it('tells each of several headers of one name', async () => {
    const { send, seen } = await setUp((res) => res.setHeader('content-encoding', ['gzip', 'br']).end('{}'));
    send();
    await until(() => seen.ended, 'the end');
    expect(headerListOf(seen.headers, 'content-encoding')).toBe('gzip, br');
  });

  it('names what went wrong', async () => {
    const silent = await setUp(() => {});
    silent.send();
    await until(() => silent.seen.failure, 'the timeout');
    expect(silent.seen.failure?.kind).toBe('first_byte_timeout');
    const half = await setUp((res) => {
      res.writeHead(200, { 'content-length': 10 });
      res.write('x');
    });
    half.send();
    await until(() => half.seen.failure, 'the timeout');
    expect(half.seen.failure?.kind).toBe('idle_timeout');
    const gone = await setUp(() => {});
    gone.send('http://127.0.0.1:9/v1');
    await until(() => gone.seen.failure, 'the failure');
    expect(gone.seen.failure?.kind).toBe('connect');
  });

  it('an aborted call closes its request and says nothing more', async () => {
    let isClosed = false;
    const { send, seen } = await setUp((res) => {
      res.on('close', () => (isClosed = true));
      res.writeHead(200);
      res.write('x');
    });
    const call = send();
    await until(() => seen.body === 'x', 'the first byte');
    call.abort();
    await until(() => isClosed, 'the upstream to notice');
    expect([seen.ended, seen.failure]).toEqual([false, null]);
  });
});
