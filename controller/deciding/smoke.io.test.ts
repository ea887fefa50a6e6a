import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../platform/process/clock.ts';
import { servedForEach } from '../test/serving.harness.ts';
import { createSmokeSender } from './smoke.io.ts';

const { serve: serveHost, closeAll } = servedForEach();
const serve = async (handle: RequestListener): Promise<string> => `${await serveHost(handle)}/v1/chat/completions`;
const never = new AbortController().signal;
const send = (url: string, { timeoutMs = 5_000, signal = never } = {}) =>
  createSmokeSender(systemClock)({ url, version: 'v2', body: '{"model":"m"}', timeoutMs }, signal);

describe('a smoke request', () => {
  it('POSTs the body as JSON, marked, without credentials, and reads the answer to its end', async () => {
    let headers: IncomingHttpHeaders = {};
    let seen = '';
    const url = await serve((request, response) => {
      ({ headers } = request);
      request.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      request.on('end', () => {
        response.writeHead(201, { 'content-type': 'application/json' }).write('{"a":');
        response.end('"é"}');
      });
    });
    expect(await send(url)).toEqual({
      status: 201,
      contentType: 'application/json',
      text: '{"a":"é"}',
      latencyMs: expect.any(Number) as number,
    });
    expect(seen).toBe('{"model":"m"}');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-coalmine-smoke': '1',
      'x-coalmine-version': 'v2',
    });
    expect(headers).not.toHaveProperty('authorization');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['deflate', deflateRawSync],
    ['GZIP, br', (text: string) => brotliCompressSync(gzipSync(text))],
    ['utf-8', (text: string) => text],
  ])('asks for no coding, and reads an answer that comes in one all the same: %s', async (coding, encode) => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      asked.push(request.headers['accept-encoding']);
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': coding });
      response.end(encode('{"a":"é"}'));
    });
    expect(await send(url)).toMatchObject({ status: 200, text: '{"a":"é"}' });
    expect(asked).toEqual(['identity']);
  });

  it('measures by the clock given', async () => {
    const url = await serve((_, response) => void response.end('x'));
    let nowMs = 1_000;
    const answer = await createSmokeSender({ nowMs: () => (nowMs += 250) })(
      { version: 'v2', url, body: '{}', timeoutMs: 5_000 },
      never,
    );
    expect(answer.latencyMs).toBe(250);
  });

  it('follows no redirect', async () => {
    const elsewhere = await serve((_, response) => void response.end('never'));
    const url = await serve((_, response) => void response.writeHead(307, { location: elsewhere }).end());
    expect(await send(url)).toMatchObject({ status: 307, text: '' });
  });

  it('tells why there is no answer: refused, broken off, too late, too long, given up', async () => {
    const gone = await serve(() => {});
    await closeAll();
    expect(await send(gone)).toMatchObject({ failure: /ECONNREFUSED/ });
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setImmediate(() => response.destroy());
    });
    expect(await send(broken)).toMatchObject({ failure: /./ });
    const silent = await serve(() => {});
    expect(await send(silent, { timeoutMs: 20 })).toMatchObject({ failure: 'not done within 20 ms' });
    const long = await serve((_, response) => void response.end('x'.repeat(2 << 20)));
    expect(await send(long)).toMatchObject({ failure: /longer than 1048576 bytes/ });
    const packed = (bytes: Buffer) =>
      serve((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes));
    expect(await send(await packed(gzipSync('x'.repeat(2 << 20))))).toMatchObject({ failure: /larger than 1048576/ });
    expect(await send(await packed(gzipSync('{"a":1}').subarray(0, -4)))).toMatchObject({ failure: /end of file/ });
    expect(await send(await packed(Buffer.from('{"a":1}')))).toMatchObject({ failure: /header/ });
    expect(await send(silent, { signal: AbortSignal.abort(new Error('stopping')) })).toMatchObject({ failure: /./ });
  });
});
