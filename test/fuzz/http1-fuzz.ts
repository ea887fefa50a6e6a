import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Client } from 'undici';
import { ResponseFault, ResponseParser } from '../../ingress/protocol/http1-response.ts';
import { anyResponse } from './any-response.ts';
import { cutAnywhere, type Difference, type Fuzzer } from './fuzzer.ts';

/** What a client makes of the bytes of a response and of the close that follows them; `fault`: it takes them for none. */
type Read = { status: number; headers: string[]; body: string } | { fault: string };
/** `isFollowed`: by bytes that no request asked for, which others may hold against the response. */
type OurRead = { read: Read; isFollowed: boolean };

/** The answering server always closes, so this is reached on a machine that stands still alone. */
const WITHIN_MS = 60_000;
/** Ours; the other reader's is set to it. */
const MAX_HEAD_BYTES = 32_768;

const ours = (pieces: readonly Buffer[]): OurRead => {
  let [status, headers, body, isEnded]: [number, string[], string, boolean] = [0, [], '', false];
  const parser = new ResponseParser({
    onHead: (told, list) => {
      status = told;
      headers = [...list];
    },
    onData: (chunk) => (body += chunk.toString('latin1')),
    onEnd: () => (isEnded = true),
  });
  parser.expect();
  let isFollowed = false;
  try {
    for (const piece of pieces) parser.feed(piece);
    if (!isEnded) parser.close();
  } catch (error) {
    if (!(error instanceof ResponseFault)) throw error;
    if (!isEnded) return { read: { fault: error.message }, isFollowed };
    isFollowed = true;
  }
  return { read: { status, headers, body }, isFollowed };
};

const theirs = async (client: Client, path: string): Promise<Read> => {
  try {
    const { statusCode, headers, body } = await client.request({ path, method: 'GET', responseHeaders: 'raw' });
    const raw = headers as unknown as string[];
    const bytes = Buffer.from(await body.arrayBuffer());
    return {
      status: statusCode,
      // It leaves the blanks behind a value, which are no part of it (RFC 9110, section 5.5).
      headers: raw.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text.replace(/[\t ]+$/, ''))),
      body: bytes.toString('latin1'),
    };
  } catch (error) {
    return { fault: String(error) };
  }
};

/** What we refuse and others take: it splits responses in two, or nobody sends it (RFC 9112, sections 4, 5, 6 and 7). */
const STRICTER: ReadonlySet<string> = new Set([
  'bad status line',
  'bad header',
  'bad content-length',
  'bad transfer-encoding',
  'ambiguous length',
  'bad chunk size',
  'bad trailer',
]);

/** A head whose lines end with CR alone has no end to us. */
const LONE_CR = /\r(?!\n)/;

/**
 * What we take and undici refuses: blanks before a chunk's extension, which RFC 9112 allows (section 7.1.1); extensions that are
 * not well formed, which nobody reads; a 304 that tells the length of what it stands for (RFC 9110, section 8.6); a tab behind a
 * length; a 100 that nobody expected, and what HTTP/1.0 has none of.
 */
const LOOSER: readonly { fault: RegExp; where: RegExp }[] = [
  { fault: /Invalid character in chunk size/, where: /\r\n[0-9a-f]+[\t ]+(;[^\r\n]*)?\r\n/i },
  { fault: /Invalid character in chunk extensions/, where: /\r\n[0-9a-f]+[\t ]*;[^\r\n]*\r\n/i },
  { fault: /ResponseContentLengthMismatchError/, where: /HTTP\/1\.[01] (204|304)/ },
  { fault: /Content-?Length/i, where: /\r\ncontent-length:[^\r\n]*\t/i },
  { fault: /bad response|Data after/, where: /^HTTP\/1\.(1 100|0 1\d\d) / },
];

/**
 * What undici reads otherwise: a tab behind `chunked` is a blank (RFC 9110, section 5.6.3), and to it a part of another coding, whose body
 * ends where the connection does, so that a broken chunk is none to it.
 */
const READ_OTHERWISE = /\r\ntransfer-encoding:[^\r\n]*\t/i;

const differenceOf = (made: string, { read: mine, isFollowed }: OurRead, other: Read): string | null => {
  if ('fault' in other && isFollowed) return null;
  if ('fault' in other && LOOSER.some(({ fault, where }) => fault.test(other.fault) && where.test(made))) return null;
  if ('fault' in mine) {
    const isKnown = STRICTER.has(mine.fault) || LONE_CR.test(made) || READ_OTHERWISE.test(made);
    if ('fault' in other || isKnown) return null;
    return `we refuse it (${mine.fault}), undici reads ${JSON.stringify(other)}`;
  }
  if ('fault' in other) return `we read ${JSON.stringify(mine)}, undici refuses it (${other.fault})`;
  if (JSON.stringify(mine) === JSON.stringify(other) || READ_OTHERWISE.test(made)) return null;
  return `we read ${JSON.stringify(mine)}, undici ${JSON.stringify(other)}`;
};

const soon = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const sendPieces = async (socket: Socket, pieces: readonly Buffer[]): Promise<void> => {
  for (const piece of pieces) {
    socket.write(piece);
    await soon();
  }
  socket.end();
};

/** A server that sends exactly the bytes of a case, and closes. */
const startSender = async () => {
  const cases = new Map<string, readonly Buffer[]>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (request: Buffer) => {
      const path = request.toString('latin1').split(' ')[1] ?? '';
      void sendPieces(socket, cases.get(path) ?? []);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cases,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
};

/** Our reader of HTTP/1 responses against undici's, which gets the same bytes from a socket. */
export const HTTP1_FUZZ: Fuzzer = {
  name: 'http1',
  atOnce: 8,
  aTurn: 1_000,
  freshAfter: Infinity,
  start: async () => {
    const sender = await startSender();
    let calls = 0;
    return {
      run: async (random): Promise<Difference | null> => {
        const made = anyResponse(random);
        const pieces = cutAnywhere(random, Buffer.from(made, 'latin1'), 4);
        const path = `/${(calls += 1)}`;
        sender.cases.set(path, pieces);
        const client = new Client(sender.origin, {
          headersTimeout: WITHIN_MS,
          bodyTimeout: WITHIN_MS,
          maxHeaderSize: MAX_HEAD_BYTES,
        });
        const other = await theirs(client, path);
        await client.destroy();
        sender.cases.delete(path);
        const what = differenceOf(made, ours(pieces), other);
        return what === null ? null : { what, made: pieces.map((piece) => piece.toString('latin1')) };
      },
      close: sender.close,
    };
  },
};
