import { frameBytes, OPCODE, closePayload } from '../uws/raw-websocket.harness.ts';
import type { Frame } from '../uws/raw-websocket.harness.ts';
import { randomFrom } from './http-abuse.harness.ts';
import type { Random } from './http-abuse.harness.ts';

/** What no honest WebSocket client sends, made from a seed. */

export type SocketAbuse = { kind: string; handshake: Buffer; pieces: Buffer[]; ending: 'wait' | 'end' | 'reset' };

const handshake = (path: string, headers: string): Buffer =>
  Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    'latin1',
  );
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const SOUND = `${KEY}Sec-WebSocket-Version: 13\r\n`;
const BAD_HANDSHAKES = [
  '',
  KEY,
  'Sec-WebSocket-Version: 13\r\n',
  `${KEY}Sec-WebSocket-Version: 8\r\n`,
  `Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n`,
  `${SOUND}Content-Length: 5\r\n`,
  `${SOUND}Sec-WebSocket-Protocol: ${'p,'.repeat(2_000)}\r\n`,
];

const noise = (random: Random, most: number): Buffer =>
  Buffer.from(Array.from({ length: 1 + random.below(most) }, () => random.below(256)));
const text = (payload: string | Buffer, more: Partial<Frame> = {}): Buffer =>
  frameBytes({ opcode: OPCODE.text, payload: Buffer.from(payload as string), ...more });

const FRAMES: Readonly<Record<string, (random: Random) => Buffer[]>> = {
  'reserved opcode': (random) => [
    frameBytes({ opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 15]), payload: noise(random, 50) }),
  ],
  'reserved bits': (random) => [text('hello', { rsv: 1 + random.below(7) })],
  unmasked: () => [text('hello', { masked: false })],
  'no UTF-8': (random) => [text(Buffer.from([0xce, 0xba, 0xed, 0xa0, 0x80, random.below(256)]))],
  'fragmented ping': () => [frameBytes({ opcode: OPCODE.ping, payload: Buffer.alloc(5), fin: false })],
  'long ping': () => [frameBytes({ opcode: OPCODE.ping, payload: Buffer.alloc(126) })],
  'continuation of nothing': (random) => [frameBytes({ opcode: OPCODE.continuation, payload: noise(random, 100) })],
  'message in a message': () => [text('one', { fin: false }), text('two')],
  'bad close': (random) => [
    frameBytes({
      opcode: OPCODE.close,
      payload: random.pick([
        Buffer.from([3]),
        closePayload(random.below(65_536)),
        closePayload(1000, Buffer.from([0xff, 0xfe])),
      ]),
    }),
    text('after the end'),
  ],
  'too long': () => [text(Buffer.alloc(1_100_000, 'x'))],
  'said to be huge': () => [Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4])],
  'endless fragments': (random) => [
    text('a', { fin: false }),
    ...Array.from({ length: 300 }, () =>
      frameBytes({ opcode: OPCODE.continuation, payload: noise(random, 40), fin: false }),
    ),
  ],
  'flood of pings': () => [
    Buffer.concat(Array.from({ length: 2_000 }, () => frameBytes({ opcode: OPCODE.ping, payload: Buffer.from('p') }))),
  ],
  'flood of messages': (random) => [
    Buffer.concat(Array.from({ length: 500 }, (_, i) => text(`${i} ${'x'.repeat(random.below(300))}`))),
  ],
  'half a frame': () => [text('x'.repeat(500)).subarray(0, 200)],
  noise: (random) => [noise(random, 2_000)],
  nothing: () => [],
};

const KINDS = ['bad handshake', ...Object.keys(FRAMES)];

/** The n-th of a seed, on an agent's path. */
export const socketAbuseOf = (seed: number, n: number, path: string): SocketAbuse => {
  const kind = KINDS[n % KINDS.length]!;
  const random = randomFrom(Math.imul(seed ^ n, 0x85ebca6b) ^ n);
  const isBad = kind === 'bad handshake';
  const pieces = isBad ? [noise(random, 100)] : FRAMES[kind]!(random);
  return {
    kind,
    handshake: handshake(path, isBad ? random.pick(BAD_HANDSHAKES) : SOUND),
    pieces,
    ending: random.pick(['wait', 'end', 'reset'] as const),
  };
};
