import { createServer, request } from 'node:http';
import type { IncomingMessage, RequestOptions, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { until } from './front-door.harness.ts';

/** HTTP byte by byte, on both sides of a front door. */

export type RawVersion = {
  url: string;
  requests: IncomingMessage[];
  sockets: ReadonlySet<Socket>;
  close: () => Promise<void>;
};

/** A version that gets each request before its body is read. */
export const startRawVersion = async (
  answer: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<RawVersion> => {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((req, res) => {
    requests.push(req);
    req.on('error', () => {});
    answer(req, res);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const bodyOf = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const mirrorBack = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const body = await bodyOf(req);
  const text = JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body: body.toString() });
  res.writeHead(200, { 'content-type': 'application/json' }).end(req.method === 'HEAD' ? undefined : text);
};
/** Says what it got. */
export const mirror = (req: IncomingMessage, res: ServerResponse): void => void mirrorBack(req, res);
export type Mirrored = { method: string; url: string; headers: Record<string, string>; body: string };
export const mirrored = (body: Buffer): Mirrored => JSON.parse(body.toString()) as Mirrored;

export type RawAnswer = {
  status: number;
  headers: IncomingMessage['headers'];
  trailers: NodeJS.Dict<string>;
  body: Buffer;
};

/** One request over a connection of its own, its answer as the bytes came. */
export const callRaw = (url: string, options: RequestOptions = {}, body?: Buffer | string): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const sending = request(url, { agent: false, ...options }, (res) => {
      bodyOf(res).then(
        (read) => resolve({ status: res.statusCode!, headers: res.headers, trailers: res.trailers, body: read }),
        reject,
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });

const chunkedEnd = (bytes: Buffer, from: number): { body: Buffer; end: number } | null => {
  const parts: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (Number.isNaN(size) || (size > 0 && bytes.length < next)) return null;
    if (size === 0) {
      // Trailers, if any, up to an empty line.
      const end = bytes.indexOf('\r\n\r\n', lineEnd, 'latin1');
      return end < 0 ? null : { body: Buffer.concat(parts), end: end + 4 };
    }
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
};

/** The whole answers that these bytes are, in order. */
export const answersIn = (bytes: Buffer): { status: number; head: string; body: Buffer }[] => {
  const answers = [];
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at, 'latin1');
    if (headEnd < 0) break;
    const head = bytes.toString('latin1', at, headEnd).toLowerCase();
    const from = headEnd + 4;
    const length = /\r\ncontent-length: *(\d+)/.exec(head);
    const chunked = head.includes('\r\ntransfer-encoding: chunked') ? chunkedEnd(bytes, from) : null;
    const end = chunked?.end ?? (length === null ? from : from + Number(length[1]));
    if ((length === null && chunked === null) || end > bytes.length) break;
    answers.push({ status: Number(head.slice(9, 12)), head, body: chunked?.body ?? bytes.subarray(from, end) });
    at = end;
  }
  return answers;
};

/** A client that writes what it is told and keeps what comes. */
export class RawClient {
  readonly socket: Socket;
  isClosed = false;
  #parts: Buffer[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('data', (part) => void this.#parts.push(part));
  }

  write(bytes: string | Buffer): void {
    if (!this.isClosed) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  get received(): Buffer {
    return Buffer.concat(this.#parts);
  }

  get answers(): ReturnType<typeof answersIn> {
    return answersIn(this.received);
  }

  closed(what = 'the connection to be closed', forMs?: number): Promise<unknown> {
    return until(() => this.isClosed, what, forMs);
  }

  answered(count = 1): Promise<unknown> {
    return until(() => this.isClosed || this.answers.length >= count, 'an answer');
  }

  destroy(): void {
    this.socket.destroy();
  }
}
