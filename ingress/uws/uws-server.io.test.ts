import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { answerJson, completion, startFrontDoor, startUpstream, until, viewOf } from '../test/front-door.harness.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
const setUp = async (answer: Parameters<typeof startUpstream>[0]) => {
  const upstream = await startUpstream(answer);
  const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)] });
  cleanups.push(() => upstream.close(), door.close);
  return { upstream, door };
};
const polite = () => setUp((res) => answerJson(res, completion('hello')));

/** Sends bytes as they are; gives what came until the other side closed or fell silent. */
const raw = (port: number, text: string, forMs = 300): Promise<{ text: string; closed: boolean }> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let closed = false;
    const finish = (): void => resolve({ text: received, closed });
    socket.on('data', (bytes) => (received += bytes.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
      finish();
    });
    socket.write(Buffer.from(text, 'latin1'));
    setTimeout(() => {
      finish();
      socket.destroy();
    }, forMs);
  });
const body = JSON.stringify({ model: 'support', user: 'u' });
const post = (headers: string, content = body) => `POST /v1/chat/completions HTTP/1.1\r\n${headers}\r\n\r\n${content}`;

describe('the edge', () => {
  it.each([
    ['two lengths that differ', `Host: a\r\nContent-Length: ${body.length}\r\nContent-Length: 3`],
    ['two equal lengths', `Host: a\r\nContent-Length: ${body.length}\r\nContent-Length: ${body.length}`],
    ['length and coding', `Host: a\r\nContent-Length: ${body.length}\r\nTransfer-Encoding: chunked`],
    ['two codings', 'Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
    ['a coding that is not chunked', 'Host: a\r\nTransfer-Encoding: gzip'],
    ['two hosts', `Host: a\r\nHost: b\r\nContent-Length: ${body.length}`],
    ['NUL in a header', `Host: a\r\nX: a\0b\r\nContent-Length: ${body.length}`],
    ['a bare line feed in a header', `Host: a\r\nX: a\nY: b\r\nContent-Length: ${body.length}`],
    ['a header without a name', `Host: a\r\n: b\r\nContent-Length: ${body.length}`],
  ])('%s: never reaches an upstream', async (_name, headers) => {
    const { door, upstream } = await polite();
    const answer = await raw(door.server.port, post(headers));
    expect(answer.text === '' || /^HTTP\/1\.1 4\d\d /.test(answer.text)).toBe(true);
    expect(upstream.requests).toHaveLength(0);
    expect((await fetch(`${door.url}/livez`)).status).toBe(200);
  });

  it('an ambiguous message gets 400 as an envelope, and the connection is closed', async () => {
    const { door } = await polite();
    const answer = await raw(door.server.port, post(`Host: a\r\nContent-Length: 3\r\nContent-Length: ${body.length}`));
    expect(answer.text).toMatch(/^HTTP\/1\.1 400 Bad Request/);
    expect(answer.text).toContain('"code":"bad_framing"');
    expect(answer.closed).toBe(true);
  });

  it('HTTP/2 without TLS is told at once that it is not spoken, and an offer to change to it is answered in HTTP/1.1', async () => {
    const { door } = await polite();
    const settings = '\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d';
    const answer = await raw(door.server.port, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`, 5_000);
    expect(answer.text).toMatch(/^HTTP\/1\.1 505 HTTP Version Not Supported\r\nConnection: close\r\n/);
    expect(answer.closed).toBe(true);
    const offer = 'Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk';
    const stayed = await raw(door.server.port, post(`${offer}\r\nContent-Length: ${body.length}`));
    expect(stayed.text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect((await fetch(`${door.url}/livez`)).status).toBe(200);
  });

  it('chunked requests, headers of 20 KB, and any cut of the bytes after the request line are understood', async () => {
    const { door } = await polite();
    const chunked = post(
      'Host: a\r\nTransfer-Encoding: chunked',
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    expect((await raw(door.server.port, chunked)).text).toMatch(/^HTTP\/1\.1 200 OK/);
    const long = post(`Host: a\r\nAuthorization: Bearer ${'y'.repeat(20_000)}\r\nContent-Length: ${body.length}`);
    expect((await raw(door.server.port, long)).text).toMatch(/^HTTP\/1\.1 200 OK/);
    const whole = post(`Host: a\r\nContent-Length: ${body.length}`);
    const socket = connect(door.server.port, '127.0.0.1');
    cleanups.push(async () => void socket.destroy());
    let received = '';
    socket.on('data', (bytes) => (received += bytes.toString()));
    // This uWebSockets.js answers 505 when the request line itself comes in pieces; all after it may.
    const line = whole.indexOf('\n') + 1;
    for (const byte of [whole.slice(0, line), ...whole.slice(line).split('')]) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => received.startsWith('HTTP/1.1 200 OK'), 'the answer');
  });

  it('a client that reads slowly does not make memory grow, and gets everything in the end', async () => {
    let sent = 0;
    const total = 30_000_000;
    const event = `data: ${'x'.repeat(10_000)}\n\n`;
    const { door } = await setUp((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      const pump = (): void => {
        while (sent < total) {
          sent += event.length;
          if (!res.write(event)) return void res.once('drain', pump);
        }
        res.end('data: [DONE]\n\n');
      };
      pump();
    });
    const socket = connect(door.server.port, '127.0.0.1');
    cleanups.push(async () => void socket.destroy());
    let received = 0;
    let last = '';
    socket.on('data', (bytes) => {
      received += bytes.length;
      last = bytes.toString('latin1');
    });
    socket.pause();
    socket.write(post(`Host: a\r\nContent-Length: ${body.length}`));
    let before = -1;
    await until(() => (sent > 0 && sent === before) || ((before = sent), false), 'the upstream to be held back', 5_000);
    expect(sent).toBeLessThan(total);
    socket.resume();
    await until(() => last.endsWith('0\r\n\r\n'), 'the end', 20_000);
    expect(received).toBeGreaterThan(total);
    expect((await until(() => door.exchanges()[0], 'the exchange')).outcome).toBe('ok');
  });

  it('once it stops listening, requests under way are finished and no new ones are taken', async () => {
    let release: (() => void) | undefined;
    const { door } = await setUp((res) => {
      release = () => answerJson(res, completion('late'));
    });
    const asked = fetch(`${door.url}/v1/chat/completions`, { method: 'POST', body });
    await until(() => door.server.pending() === 1, 'the request');
    const answerLate = await until(() => release, 'the upstream to have it');
    door.server.stopListening();
    await expect(fetch(`${door.url}/livez`, { headers: { connection: 'close' } })).rejects.toThrow('fetch failed');
    answerLate();
    expect((await asked).status).toBe(200);
    expect(door.server.pending()).toBe(0);
  });
});
