import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { until } from '../test/front-door.harness.ts';

/** A WebSocket client that does as it is told, right or wrong: frames are written and read byte by byte. */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export type Frame = { opcode: number; payload: Buffer; fin?: boolean; rsv?: number; masked?: boolean };

const lengthBytes = (length: number): Buffer => {
  if (length < 126) return Buffer.from([length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9);
  bytes[0] = length < 65_536 ? 126 : 127;
  if (length < 65_536) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
};

export const frameBytes = ({ opcode, payload, fin = true, rsv = 0, masked = true }: Frame): Buffer => {
  const length = lengthBytes(payload.length);
  if (masked) length[0]! |= 0x80;
  const body = masked ? payload.map((byte, i) => byte ^ MASK[i % 4]!) : payload;
  return Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]),
    length,
    masked ? MASK : Buffer.alloc(0),
    body,
  ]);
};

export const closePayload = (code: number, reason: string | Buffer = ''): Buffer => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason as string)]);
};

const headEnd = (bytes: Buffer): number => bytes.indexOf('\r\n\r\n');

/** The frame at the start of `bytes`, as a server sends it, and its size. */
const parseFrame = (bytes: Buffer): { frame: Required<Frame>; size: number } | null => {
  if (bytes.length < 2) return null;
  const short = bytes[1]! & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const at = 2 + extra;
  if (bytes.length < at) return null;
  const length = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < at + length) return null;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  const [first, second] = [bytes[0]!, bytes[1]!];
  const frame = { opcode: first & 15, fin: first > 127, rsv: (first >> 4) & 7, masked: second > 127, payload };
  return { frame, size: at + length };
};

export class RawWebSocket {
  readonly socket: Socket;
  /** The handshake's answer: status line and headers. */
  head = '';
  /** What follows a head that is no 101. */
  body = '';
  readonly frames: Required<Frame>[] = [];
  isClosed = false;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('data', (chunk) => this.#received(chunk));
  }

  handshake(path: string, headers: Readonly<Record<string, string>> = {}): void {
    const all = {
      host: 'front.door',
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': KEY,
      'sec-websocket-version': '13',
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  }

  /** Writes at most `chunkBytes` at a time, each in a packet of its own as far as the system lets us. */
  async write(bytes: Buffer, chunkBytes = bytes.length): Promise<void> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      if (this.isClosed) return;
      this.socket.write(bytes.subarray(at, at + chunkBytes));
      if (chunkBytes < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  send(frame: Frame): void {
    this.socket.write(frameBytes(frame));
  }

  text(text: string): void {
    this.send({ opcode: OPCODE.text, payload: Buffer.from(text) });
  }

  close(code: number, reason = ''): void {
    this.send({ opcode: OPCODE.close, payload: closePayload(code, reason) });
  }

  /** The texts of all whole messages so far. */
  get texts(): string[] {
    return this.frames.filter(({ opcode }) => opcode < OPCODE.close).map(({ payload }) => payload.toString());
  }

  /** The code and reason of the server's close frame; 1005 if it bore none. */
  get closed(): { code: number; reason: string } | undefined {
    const payload = this.frames.find(({ opcode }) => opcode === OPCODE.close)?.payload;
    if (payload === undefined) return undefined;
    return payload.length < 2
      ? { code: 1005, reason: '' }
      : { code: payload.readUInt16BE(), reason: payload.toString('utf8', 2) };
  }

  opened(): Promise<unknown> {
    return until(() => this.head !== '' || this.isClosed, 'an answer to the handshake');
  }

  ended(): Promise<unknown> {
    return until(() => this.isClosed, 'the end of the connection');
  }

  #received(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.head === '') {
      const end = headEnd(this.#bytes);
      if (end < 0) return;
      this.head = this.#bytes.toString('latin1', 0, end);
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    if (!this.head.startsWith('HTTP/1.1 101')) {
      this.body = this.#bytes.toString();
      return;
    }
    for (let parsed = parseFrame(this.#bytes); parsed !== null; parsed = parseFrame(this.#bytes)) {
      this.frames.push(parsed.frame);
      this.#bytes = this.#bytes.subarray(parsed.size);
    }
  }
}

/** A client that is through its handshake, or was refused. */
export const openRaw = async (
  port: number,
  path: string,
  headers?: Readonly<Record<string, string>>,
): Promise<RawWebSocket> => {
  const client = new RawWebSocket(port);
  client.handshake(path, headers);
  await client.opened();
  return client;
};
