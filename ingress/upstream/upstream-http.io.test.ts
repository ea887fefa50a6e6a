import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpstreamFailure, UpstreamLimits, UpstreamRequest, UpstreamSink } from '../protocol/upstream-call.ts';
import { createUpstreamHttp } from './upstream-http.io.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server over bare sockets: `answer` gets each request's text, how many came before on its socket, and the socket. */
const serve = async (answer: (text: string, nth: number, socket: Socket) => void) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let nth = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes) => answer(bytes.toString('latin1'), nth++, socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`, sockets };
};
const client = (limits: Partial<UpstreamLimits> = {}) => {
  const http = createUpstreamHttp(() => performance.now());
  cleanups.push(http.close);
  const all = { connectMs: 1_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 4_000, ...limits };
  return {
    send: (request: Omit<UpstreamRequest, 'limits'>, sink: UpstreamSink) =>
      http.send({ ...request, limits: all }, sink),
  };
};
type Answer = { status: number; body: string; failure: UpstreamFailure | null };
const post = (http: ReturnType<typeof client>, upstream: string, body = '{}', method = 'POST') =>
  new Promise<Answer>((resolve) => {
    const answer: Answer = { status: 0, body: '', failure: null };
    http.send(
      { upstream, method, path: '/chat/completions', headerLines: 'x-a: b\r\n', body: Buffer.from(body) },
      {
        onHead: (status) => (answer.status = status),
        onData: (chunk) => (answer.body += chunk.toString()),
        onEnd: () => resolve(answer),
        onFailure: (failure) => resolve({ ...answer, failure }),
      },
    );
  });
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('upstream client', () => {
  it('writes one well-formed request, whatever the size of its body', async () => {
    let received = '';
    const { upstream } = await serve((text, _nth, socket) => {
      received += text;
      if (received.endsWith('END')) socket.write(OK);
    });
    const body = `${'x'.repeat(100_000)}é END`;
    expect(await post(client(), upstream, body)).toEqual({ status: 200, body: 'ok', failure: null });
    const host = new URL(upstream).host;
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\nx-a: b\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    expect(received.startsWith(head)).toBe(true);
    expect(Buffer.from(received, 'latin1').toString().slice(head.length)).toBe(body);
  });

  it('keeps the query of its base URL behind the path, before that of the call', async () => {
    const heads: string[] = [];
    const { upstream } = await serve((text, _nth, socket) => {
      heads.push(text.slice(0, text.indexOf(' HTTP/')));
      socket.write(OK);
    });
    const http = client();
    const get = (base: string, path: string) =>
      new Promise<void>((resolve) => {
        const request = { upstream: base, method: 'GET', path, headerLines: '', body: Buffer.alloc(0) };
        http.send(request, { onHead: () => {}, onData: () => {}, onEnd: resolve, onFailure: () => resolve() });
      });
    const base = `${upstream}?api-version=2`;
    await get(base, '/chat/completions');
    await get(base, '/chat/completions?trace=1');
    await get(base, '');
    expect(heads).toEqual([
      'GET /v1/chat/completions?api-version=2',
      'GET /v1/chat/completions?api-version=2&trace=1',
      'GET /v1?api-version=2',
    ]);
  });

  it('uses a connection again, one request at a time', async () => {
    const { upstream, sockets } = await serve((_text, _nth, socket) => void socket.write(OK));
    const http = client();
    for (let i = 0; i < 5; i++) await post(http, upstream);
    expect(sockets.size).toBe(1);
    await Promise.all([post(http, upstream), post(http, upstream)]);
    expect(sockets.size).toBe(2);
  });

  it('asks once more when a used idle connection was dead, but sends no POST twice, nor when bytes had come', async () => {
    let requests = 0;
    const { upstream } = await serve((_text, nth, socket) => {
      requests += 1;
      if (nth === 0) socket.write(OK);
      else socket.destroy();
    });
    const http = client();
    await post(http, upstream);
    expect(await post(http, upstream, '', 'GET')).toMatchObject({ body: 'ok', failure: null });
    expect(requests).toBe(3);
    expect(await post(http, upstream)).toMatchObject({ failure: { kind: 'closed' } });
    expect(requests).toBe(4);

    const half = await serve((_text, nth, socket) => {
      if (nth === 0) socket.write(OK);
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe');
    });
    await post(http, half.upstream);
    expect(await post(http, half.upstream)).toMatchObject({ body: 'he', failure: { kind: 'closed' } });
    const never = await serve((_text, _nth, socket) => void socket.destroy());
    expect(await post(http, never.upstream)).toMatchObject({ failure: { kind: 'closed' } });
  });

  it('lets a connection rest no longer than the upstream says that it keeps it', async () => {
    const { upstream, sockets } = await serve(
      (_text, _nth, socket) =>
        void socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok'),
    );
    const http = client();
    await post(http, upstream);
    await post(http, upstream);
    expect(sockets.size).toBe(2);
  });

  it('does not use a connection again that got bytes nobody asked for, or was half closed', async () => {
    const extra = await serve((_text, _nth, socket) => void socket.write(`${OK}HTTP/1.1 200 OK\r\n`));
    const http = client();
    await post(http, extra.upstream);
    expect(await post(http, extra.upstream)).toMatchObject({ body: 'ok', failure: null });
    expect(extra.sockets.size).toBe(2);
    const halfClosed = await serve((_text, _nth, socket) => void socket.end(OK));
    await post(http, halfClosed.upstream);
    expect(await post(http, halfClosed.upstream, '', 'GET')).toMatchObject({ body: 'ok', failure: null });
  });

  it('names what went wrong', async () => {
    const silent = await serve(() => {});
    const stuck = await serve(
      (_text, _nth, socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
    );
    const drip = await serve((_text, _nth, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const timer = setInterval(() => socket.write('1\r\nx\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const garbage = await serve((_text, _nth, socket) => void socket.write('hello\r\n\r\n'));
    const http = client({ firstByteMs: 150, idleMs: 150, totalMs: 500 });
    const kinds = await Promise.all(
      [silent.upstream, stuck.upstream, drip.upstream, garbage.upstream, 'http://127.0.0.1:9/v1'].map(
        async (upstream) => (await post(http, upstream)).failure?.kind,
      ),
    );
    expect(kinds).toEqual(['first_byte_timeout', 'idle_timeout', 'total_timeout', 'protocol', 'connect']);
  });

  it('reads no faster than it is asked to', async () => {
    let sent = 0;
    const { upstream } = await serve((_text, _nth, socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pump = (): void => {
        while (sent < 50_000_000) {
          sent += 65_536;
          if (!socket.write(Buffer.alloc(65_536))) return void socket.once('drain', pump);
        }
        socket.end();
      };
      pump();
    });
    const http = client({ totalMs: 20_000, idleMs: 20_000 });
    let received = 0;
    const ended = new Promise<void>((resolve, reject) => {
      const call = http.send(
        { upstream, method: 'POST', path: '/x', headerLines: '', body: Buffer.from('{}') },
        {
          onHead: () => {},
          onData: (chunk) => {
            received += chunk.length;
            call.pause();
            setImmediate(() => {
              expect(sent - received).toBeLessThan(20_000_000);
              call.resume();
            });
          },
          onEnd: resolve,
          onFailure: (failure) => reject(new Error(failure.message)),
        },
      );
    });
    await ended;
    expect(received).toBe(sent);
  });

  it('sends a body that comes in parts in chunks, or with its length if that is told', async () => {
    for (const [lengthBytes, wanted] of [
      [null, 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'],
      [5, 'content-length: 5\r\n\r\nabcde'],
    ] as const) {
      let received = '';
      const { upstream } = await serve((text, _nth, socket) => {
        received += text;
        if (received.endsWith(wanted)) socket.write(OK);
      });
      const status = await new Promise<number>((resolve, reject) => {
        let seen = 0;
        const call = client().send(
          { upstream, method: 'PUT', path: '/x', headerLines: '', body: { lengthBytes } },
          {
            onHead: (head) => (seen = head),
            onData: () => {},
            onEnd: () => resolve(seen),
            onFailure: (failure) => reject(new Error(failure.message)),
          },
        );
        call.write(Buffer.from('abc'));
        call.write(Buffer.from('de'));
        call.end();
      });
      expect(status).toBe(200);
      expect(received).toContain('PUT /v1/x HTTP/1.1\r\n');
    }
  });

  it('does not use a connection again whose request was not all sent when the answer came', async () => {
    const { upstream, sockets } = await serve((_text, _nth, socket) => void socket.write(OK));
    const http = client();
    await new Promise<void>((resolve) => {
      http.send(
        { upstream, method: 'POST', path: '/x', headerLines: '', body: { lengthBytes: null } },
        { onHead: () => {}, onData: () => {}, onEnd: resolve, onFailure: () => {} },
      );
    });
    expect((await post(http, upstream)).status).toBe(200);
    expect(sockets.size).toBe(2);
  });

  it('takes the head of an answer to HEAD for the whole of it', async () => {
    const { upstream } = await serve(
      (_text, _nth, socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    );
    const http = client();
    const head = (): Promise<number> =>
      new Promise((resolve) => {
        let seen = 0;
        http.send(
          { upstream, method: 'HEAD', path: '/x', headerLines: '', body: Buffer.alloc(0) },
          { onHead: (status) => (seen = status), onData: () => {}, onEnd: () => resolve(seen), onFailure: () => {} },
        );
      });
    expect(await head()).toBe(200);
    expect(await head()).toBe(200);
  });
});
