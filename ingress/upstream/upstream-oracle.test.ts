import fc from 'fast-check';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUpstreamHttp } from './upstream-http.io.ts';
import type { UpstreamHttp } from './upstream-http.io.ts';

/** Our HTTP/1.1 client against undici's: the same bytes in the same pieces, over real connections, must read the same. */

type Read = { status: number; headers: string[]; body: string } | 'refused';

let server: Server;
let http: UpstreamHttp;
let agent: Agent;
let pieces: readonly Buffer[] = [];
const answer = (socket: Socket, left: readonly Buffer[]): void => {
  if (socket.destroyed) return;
  if (left.length === 0) return void socket.end();
  socket.write(left[0]!, () => setImmediate(() => answer(socket, left.slice(1))));
};
beforeAll(async () => {
  server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket, pieces));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  http = createUpstreamHttp(() => performance.now());
  agent = new Agent({ headersTimeout: 2_000, bodyTimeout: 2_000 });
});
afterAll(async () => {
  http.close();
  await agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const blanks = /^[ \t]+|[ \t]+$/g;
const clean = (headers: readonly string[]): string[] =>
  headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text.replace(blanks, '')));

const ours = (port: number): Promise<Read> =>
  new Promise((resolve) => {
    const seen = { status: 0, headers: [] as string[], body: '' };
    http.send(
      {
        upstream: `http://127.0.0.1:${port}`,
        method: 'GET',
        path: '/',
        headerLines: '',
        body: Buffer.alloc(0),
        limits: { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, totalMs: 5_000 },
      },
      {
        onHead: (status, headers) => Object.assign(seen, { status, headers: clean(headers) }),
        onData: (chunk) => (seen.body += chunk.toString('latin1')),
        onEnd: () => resolve(seen),
        onFailure: () => resolve('refused'),
      },
    );
  });

const theirs = async (port: number): Promise<Read> => {
  try {
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}/`, {
      dispatcher: agent,
      responseHeaders: 'raw',
    });
    const text = Buffer.from(await body.arrayBuffer()).toString('latin1');
    return { status: statusCode, headers: clean(headers as unknown as string[]), body: text };
  } catch {
    return 'refused';
  }
};

const both = async (bytes: Buffer, cuts: readonly number[]): Promise<[Read, Read]> => {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  pieces = edges
    .slice(1)
    .map((edge, i) => bytes.subarray(edges[i], edge))
    .filter((piece) => piece.length > 0);
  const { port } = server.address() as AddressInfo;
  return [await ours(port), await theirs(port)];
};

const byte = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0x80, max: 0xff }),
  fc.constantFrom(0x20, 0x09),
);
const value = fc.array(byte, { maxLength: 12 }).map((codes) => String.fromCharCode(...codes));
const header = fc.tuple(fc.constantFrom('X-A', 'x-b', 'Content-Type', 'Set-Cookie', 'content-disposition'), value);
const body = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes));
const chunk = fc.tuple(body, fc.constantFrom('', ';x', ';x="y"'), fc.boolean());
const chunked = fc
  .tuple(fc.array(chunk, { maxLength: 5 }), fc.array(header, { maxLength: 2 }))
  .map(([chunks, trailers]) => {
    const parts = chunks
      .filter(([data]) => data.length > 0)
      .map(([data, extension, isUpper]) => {
        const size = data.length.toString(16);
        return `${isUpper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
      });
    const last = trailers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
    return { lines: 'Transfer-Encoding: chunked\r\n', text: `${parts.join('')}0\r\n${last}\r\n` };
  });
const framed = fc.oneof(
  chunked,
  body.map((text) => ({ lines: `Content-Length: ${text.length}\r\n`, text })),
  body.map((text) => ({ lines: '', text })),
);
const response = fc
  .record({
    status: fc.constantFrom(200, 201, 206, 301, 400, 404, 500, 599),
    reason: fc.constantFrom(' OK', ' ', '', ' Not at all'),
    headers: fc.array(header, { maxLength: 4 }),
    framed,
    hints: fc.boolean(),
  })
  .map(({ status, reason, headers, framed: { lines, text }, hints }) => {
    const own = headers.map(([name, text_]) => `${name}:${text_}\r\n`).join('');
    const early = hints ? 'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n' : '';
    return Buffer.from(`${early}HTTP/1.1 ${status}${reason}\r\n${own}${lines}\r\n${text}`, 'latin1');
  });
const cuts = fc.array(fc.nat(), { maxLength: 8 });

it('sound responses, however the network cuts them, read the same', async () => {
  await fc.assert(
    fc.asyncProperty(response, cuts, async (bytes, at) => {
      const [mine, other] = await both(bytes, at);
      expect(mine).not.toBe('refused');
      expect(mine).toEqual(other);
    }),
    { numRuns: 150 },
  );
}, 60_000);

it('with a byte changed, what ours takes undici does not read otherwise', async () => {
  const noise = fc.constantFrom('', '\r', '\n', '\0', ' ', ':', '0', 'x', '\r\n', '\xa0');
  await fc.assert(
    fc.asyncProperty(response, cuts, fc.nat(), noise, async (bytes, at, where, instead) => {
      const i = where % bytes.length;
      const changed = Buffer.concat([bytes.subarray(0, i), Buffer.from(instead, 'latin1'), bytes.subarray(i + 1)]);
      const [mine, other] = await both(changed, at);
      if (mine !== 'refused' && other !== 'refused') expect(mine).toEqual(other);
    }),
    { numRuns: 150 },
  );
}, 60_000);
