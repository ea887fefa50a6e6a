import fc from 'fast-check';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { ResponseFault, ResponseParser } from './http1-response.ts';

type Seen = { status: number; headers: string[]; body: string; ended: boolean | null; fault: string | null };

const parse = (pieces: readonly Buffer[], closes = true): Seen => {
  const seen: Seen = { status: 0, headers: [], body: '', ended: null, fault: null };
  const parser = new ResponseParser({
    onHead: (status, headers) => {
      seen.status = status;
      seen.headers = [...headers];
    },
    onData: (chunk) => (seen.body += chunk.toString('latin1')),
    onEnd: (reusable) => (seen.ended = reusable),
  });
  parser.expect();
  try {
    for (const piece of pieces) parser.feed(piece);
    if (closes && seen.ended === null) parser.close();
  } catch (error) {
    if (!(error instanceof ResponseFault)) throw error;
    seen.fault = error.message;
  }
  return seen;
};
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const cutAt = (whole: Buffer, cuts: readonly number[]): Buffer[] => {
  const edges = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
};

const GOOD: Record<string, string> = {
  length: 'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello',
  empty: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, 10 bytes\r\n0\r\n\r\n',
  trailers: 'HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n',
  until_close: 'HTTP/1.1 200 OK\r\nX: y\r\n\r\nall until the end',
  informational: 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  no_content: 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n',
  no_reason: 'HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\nx',
  closing: 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx',
  old: 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx',
  latin1: 'HTTP/1.1 200 OK\r\nX: caf\xe9\r\nContent-Length: 3\r\n\r\n\xff\x00\r',
};
const BAD: Record<string, string> = {
  two_lengths: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  length_and_chunked: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  negative_length: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx',
  plus_length: 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx',
  other_coding: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  folded: 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n',
  space_before_colon: 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n',
  nul: 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n',
  bare_lf: 'HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 0\r\n\r\n',
  not_http: 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  chunk_not_hex: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n',
  chunk_negative: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n',
  chunk_too_long: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n',
  switching: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
  cut_length: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel',
  cut_chunk: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
  cut_head: 'HTTP/1.1 200 OK\r\nContent-Le',
};

/** What undici makes of a server that sends exactly these bytes and closes. */
const oracle = async (raw: Buffer): Promise<{ status: number; body: string } | null> => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(raw));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, {
      headersTimeout: 2_000,
      bodyTimeout: 2_000,
    });
    return { status: statusCode, body: Buffer.from(await body.arrayBuffer()).toString('latin1') };
  } catch {
    return null;
  } finally {
    server.close();
  }
};

describe('response parser', () => {
  it.each(Object.entries(GOOD))('%s: reads what undici reads', async (_name, text) => {
    const seen = parse([bytes(text)]);
    expect(seen.fault).toBeNull();
    expect({ status: seen.status, body: seen.body }).toEqual(await oracle(bytes(text)));
  });

  it.each(Object.entries(BAD))('%s: is a fault', (_name, text) => {
    expect(parse([bytes(text)]).fault).not.toBeNull();
  });

  it.each(Object.keys(GOOD))('%s: reads the same however the bytes are cut', (name) => {
    const whole = bytes(GOOD[name]!);
    const expected = parse([whole]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (cuts) => {
        expect(parse(cutAt(whole, cuts))).toEqual(expected);
      }),
    );
    expect(parse(Array.from(whole, (_, i) => whole.subarray(i, i + 1)))).toEqual(expected);
  });

  it('whatever bytes come: no crash, and what is accepted undici does not read otherwise', async () => {
    const samples = fc.sample(
      fc.tuple(
        fc.constantFrom(...Object.values(GOOD), ...Object.values(BAD)),
        fc.nat(),
        fc.constantFrom('', '\r', '\n', '\0', ' ', '0', 'x', '\r\n'),
      ),
      { numRuns: 120, seed: 7 },
    );
    for (const [text, at, noise] of samples) {
      const i = at % text.length;
      const mutated = bytes(text.slice(0, i) + noise + text.slice(i + 1));
      const seen = parse([mutated]);
      if (seen.fault === null && seen.ended !== null) {
        const theirs = await oracle(mutated);
        if (theirs !== null) expect({ status: seen.status, body: seen.body }).toEqual(theirs);
      }
    }
  });

  it('only a connection with nothing left over, and not said to close, is used again', () => {
    expect(parse([bytes(GOOD['length']!)]).ended).toBe(true);
    expect(parse([bytes(GOOD['chunked']!)]).ended).toBe(true);
    expect(parse([bytes(GOOD['closing']!)]).ended).toBe(false);
    expect(parse([bytes(GOOD['old']!)]).ended).toBe(false);
    expect(parse([bytes(GOOD['until_close']!)]).ended).toBe(false);
    const over = parse([bytes(`${GOOD['length']}HTTP/1.1 200 OK\r\n`)]);
    expect([over.ended, over.body, over.fault]).toEqual([false, 'hello', 'bytes that no request asked for']);
  });

  it('heads, chunk lines and trailers have limits', () => {
    const head = `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}`;
    expect(parse([bytes(head)], false).fault).toBe('head too large');
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(parse([bytes(`${chunked}1;${'y'.repeat(2_000)}`)], false).fault).toBe('line too long');
    expect(parse([bytes(`${chunked}0\r\n${'X: y\r\n'.repeat(2_000)}`)], false).fault).toBe('bad trailer');
  });
});
