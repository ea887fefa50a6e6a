import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What a version sends: its writes, one after another, and how the connection then ends. */
export type Sending = { writes: readonly Buffer[]; afterwards: 'keep' | 'reset' | 'hang' };

/** A request as it came: the head's lines, each byte a character. */
export type GotRequest = { key: string; head: string; body: Buffer };

/** `POST /v1/chat HTTP/1.1` → `/v1/chat` */
export const targetOf = ({ head }: GotRequest): string => head.split(' ', 2)[1] ?? '';

export type RawVersion = {
  origin: string;
  /** The request of the last call with that key, which is then forgotten. */
  taken: (key: string) => GotRequest | undefined;
  close: () => Promise<void>;
};

/** Who asks with this header, or under this path, is answered by its key. */
export const KEY_HEADER = 'x-input';
export const basePathOf = (key: string): string => `/input-${key}`;
const KEY = /^x-input: (.*)$|^[A-Z]+ \/input-([^/]+)\//im;

/** Head and body of the request that these bytes begin with; null as long as it is not whole. */
const requestIn = (bytes: Buffer): { request: GotRequest; end: number } | null => {
  const headEnd = bytes.indexOf('\r\n\r\n', 0, 'latin1');
  if (headEnd < 0) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const from = headEnd + 4;
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  const isChunked = /^transfer-encoding: *chunked/im.test(head);
  const lastChunk = isChunked ? bytes.indexOf('0\r\n\r\n', from, 'latin1') : -1;
  if (isChunked && lastChunk < 0) return null;
  const end = isChunked ? lastChunk + 5 : from + Number(length ?? 0);
  if (bytes.length < end) return null;
  const [, byHeader, byPath] = KEY.exec(head) ?? [];
  return { request: { key: byHeader ?? byPath ?? '', head, body: bytes.subarray(from, end) }, end };
};

const soon = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const send = async (socket: Socket, { writes, afterwards }: Sending): Promise<void> => {
  for (const [i, bytes] of writes.entries()) {
    // Whoever reads has its turn between two writes, so that they seldom arrive as one.
    if (i > 0) await soon();
    if (socket.destroyed) return;
    socket.write(bytes);
  }
  if (afterwards !== 'reset') return;
  await new Promise<void>((resolve) => void socket.write('', () => resolve()));
  await soon();
  socket.resetAndDestroy();
};

/** A version that answers with exactly the bytes it is told, however wrong they are. */
export const startRawVersion = async (sendingFor: (key: string) => Sending): Promise<RawVersion> => {
  const sockets = new Set<Socket>();
  const requests = new Map<string, GotRequest>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      const found = requestIn(pending);
      if (found === null) return;
      pending = pending.subarray(found.end);
      requests.set(found.request.key, found.request);
      void send(socket, sendingFor(found.request.key));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: (key) => {
      const request = requests.get(key);
      requests.delete(key);
      return request;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
