import { closePayload, OPCODE } from './raw-websocket.harness.ts';
import type { Frame } from './raw-websocket.harness.ts';

/**
 * Sections 1 to 7 and 10 of the Autobahn test suite's cases, by the suite's own numbers. A case is what the client writes,
 * the messages and pongs that it must get back in that order, and how the connection ends: `open` (the case is over and the
 * client closes with 1000), `failed` (the server must end it), or the code of the server's close frame.
 */
export type Case = {
  id: string;
  what: string;
  frames: Frame[];
  echoes: Buffer[];
  pongs: Buffer[];
  end: 'open' | 'failed' | number;
  /** Before it fails the server may have echoed or not, and a pong may come first: both are right. */
  mayEcho?: boolean;
};

const EMPTY = Buffer.alloc(0);
const bytes = (text: string): Buffer => Buffer.from(text);
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');
const text = (payload: Buffer | string, more: Partial<Frame> = {}): Frame => ({
  opcode: OPCODE.text,
  payload: Buffer.from(payload as string),
  ...more,
});
const binary = (payload: Buffer): Frame => ({ opcode: OPCODE.binary, payload });
const more = (payload: Buffer | string, fin: boolean): Frame => ({
  ...text(payload, { fin }),
  opcode: OPCODE.continuation,
});
const ping = (payload: Buffer | string = EMPTY, rest: Partial<Frame> = {}): Frame => ({
  ...text(payload, rest),
  opcode: OPCODE.ping,
});
const pong = (payload: Buffer | string = EMPTY, rest: Partial<Frame> = {}): Frame => ({
  ...text(payload, rest),
  opcode: OPCODE.pong,
});
const close = (payload: Buffer = EMPTY, rest: Partial<Frame> = {}): Frame => ({
  opcode: OPCODE.close,
  payload,
  ...rest,
});
const opcode = (number: number, payload = ''): Frame => ({ opcode: number, payload: bytes(payload) });

const good = (id: string, what: string, frames: Frame[], echoes: Buffer[] = [], pongs: Buffer[] = []): Case => ({
  id,
  what,
  frames,
  echoes,
  pongs,
  end: 'open',
});
const bad = (id: string, what: string, frames: Frame[], echoes: Buffer[] = []): Case => ({
  id,
  what,
  frames,
  echoes,
  pongs: [],
  end: 'failed',
  mayEcho: echoes.length > 0,
});

/** One frame a payload, as fragments of one text message. */
const fragments = (parts: readonly Buffer[]): Frame[] =>
  parts.map((part, i) => (i === 0 ? text(part, { fin: parts.length === 1 }) : more(part, i === parts.length - 1)));
const split = (payload: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(payload.length / size) }, (_, i) => payload.subarray(i * size, (i + 1) * size));

const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536, 65_536];
const framing = (): Case[] =>
  SIZES.flatMap((size, i) => {
    const [stars, fes] = [Buffer.alloc(size, '*'), Buffer.alloc(size, 0xfe)];
    return [
      good(`1.1.${i + 1}`, `text of ${size} bytes`, [text(stars)], [stars]),
      good(`1.2.${i + 1}`, `binary of ${size} bytes`, [binary(fes)], [fes]),
    ];
  });

const pings = (): Case[] => {
  const some = hex('00fffefdfcfb00ff');
  const long = Buffer.alloc(125, 0xfe);
  const ten = Array.from({ length: 10 }, (_, i) => bytes(`payload-${i}`));
  return [
    good('2.1', 'ping without payload', [ping()], [], [EMPTY]),
    good('2.2', 'ping with text', [ping('Hello, world!')], [], [bytes('Hello, world!')]),
    good('2.3', 'ping with bytes that are no text', [ping(some)], [], [some]),
    good('2.4', 'ping of 125 bytes', [ping(long)], [], [long]),
    bad('2.5', 'ping of 126 bytes', [ping(Buffer.alloc(126, 0xfe))]),
    good('2.6', 'ping of 125 bytes', [ping(long)], [], [long]),
    good('2.7', 'unasked pong without payload', [pong()]),
    good('2.8', 'unasked pong with payload', [pong('unsolicited')]),
    good('2.9', 'unasked pong, then ping', [pong('unsolicited'), ping('ping')], [], [bytes('ping')]),
    good(
      '2.10',
      'ten pings',
      ten.map((payload) => ping(payload)),
      [],
      ten,
    ),
    good(
      '2.11',
      'ten pings',
      ten.map((payload) => ping(payload)),
      [],
      ten,
    ),
  ];
};

const HELLO = bytes('Hello, world!');
const reserved = (): Case[] => [
  bad('3.1', 'RSV 1 in a text', [text(HELLO, { rsv: 1 })]),
  bad('3.2', 'RSV 2 in the second text', [text(HELLO), text(HELLO, { rsv: 2 }), ping()], [HELLO]),
  bad('3.3', 'RSV 3 in the second text', [text(HELLO), text(HELLO, { rsv: 3 }), ping()], [HELLO]),
  bad('3.4', 'RSV 4 in the second text', [text(HELLO), text(HELLO, { rsv: 4 }), ping()], [HELLO]),
  bad('3.5', 'RSV 5 in a binary', [{ ...binary(hex('00fffefdfcfb00ff')), rsv: 5 }]),
  bad('3.6', 'RSV 6 in a ping', [ping(HELLO, { rsv: 6 })]),
  bad('3.7', 'RSV 7 in a close', [close(closePayload(1000), { rsv: 7 })]),
];

const opcodes = (): Case[] =>
  [3, 11].flatMap((first, i) => {
    const id = `4.${i + 1}`;
    return [
      bad(`${id}.1`, `opcode ${first}`, [opcode(first)]),
      bad(`${id}.2`, `opcode ${first + 1} with payload`, [opcode(first + 1, 'reserved')]),
      ...[2, 3, 4].map((n) =>
        bad(
          `${id}.${n + 1}`,
          `opcode ${first + n} after a text`,
          [text(HELLO), opcode(first + n, n === 2 ? '' : 'reserved'), ping()],
          [HELLO],
        ),
      ),
    ];
  });

const F = ['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5'] as const;
const WHOLE = bytes('fragment1fragment2');
const fragmentation = (): Case[] => {
  const two = [text(F[0], { fin: false }), more(F[1], true)];
  const between = [text(F[0], { fin: false }), ping('ping'), more(F[1], true)];
  const five = (): Frame[] => [
    text(F[0], { fin: false }),
    more(F[1], false),
    ping('pongme 1'),
    more(F[2], false),
    more(F[3], false),
    ping('pongme 2'),
    more(F[4], true),
  ];
  const pongs = [bytes('pongme 1'), bytes('pongme 2')];
  const all = bytes(F.join(''));
  const nothing = (fin: boolean): Frame[] => [more('non-continuation payload', fin), text(HELLO)];
  return [
    bad('5.1', 'ping in two fragments', [ping(F[0], { fin: false }), more(F[1], true)]),
    bad('5.2', 'pong in two fragments', [pong(F[0], { fin: false }), more(F[1], true)]),
    ...[3, 4, 5].map((n) => good(`5.${n}`, 'text in two fragments', two, [WHOLE])),
    ...[6, 7, 8].map((n) => good(`5.${n}`, 'ping between two fragments', between, [WHOLE], [bytes('ping')])),
    ...[9, 10, 11].map((n) => bad(`5.${n}`, 'last continuation of nothing', nothing(true))),
    ...[12, 13, 14].map((n) => bad(`5.${n}`, 'continuation of nothing', nothing(false))),
    bad('5.15', 'continuation of nothing after a text', [...two, more(F[2], false), text(F[3])], [WHOLE]),
    bad('5.16', 'continuations of nothing, twice', [more(F[0], false), text(F[1]), more(F[0], false), text(F[1])]),
    bad('5.17', 'last continuations of nothing, twice', [more(F[0], true), text(F[1]), more(F[0], true), text(F[1])]),
    bad('5.18', 'a second text within a text', [text(F[0], { fin: false }), text(F[1])]),
    good('5.19', 'five fragments, two pings', five(), [all], pongs),
    good('5.20', 'five fragments, two pings', five(), [all], pongs),
  ];
};

const KOSME = hex('cebae1bdb9cf83cebcceb5');
const valid = (id: string, payload: Buffer): Case =>
  good(id, `valid UTF-8 ${payload.toString('hex').slice(0, 40)}`, [text(payload)], [payload]);
const invalid = (id: string, payload: Buffer): Case =>
  bad(id, `invalid UTF-8 ${payload.toString('hex').slice(0, 40)}`, [text(payload)]);
const numbered = (section: string, make: typeof valid, payloads: readonly string[]): Case[] =>
  payloads.map((digits, i) => make(`${section}.${i + 1}`, hex(digits)));

const LONELY = [
  Array.from({ length: 32 }, (_, i) => `${(0xc0 + i).toString(16)}20`).join(''),
  Array.from({ length: 16 }, (_, i) => `${(0xe0 + i).toString(16)}20`).join(''),
  Array.from({ length: 8 }, (_, i) => `${(0xf0 + i).toString(16)}20`).join(''),
  Array.from({ length: 4 }, (_, i) => `${(0xf8 + i).toString(16)}20`).join(''),
  'fc20fd20',
];
const CUT = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'];
const CONTINUATIONS = Array.from({ length: 64 }, (_, i) => (0x80 + i).toString(16)).join('');
const NON_CHARACTERS = Array.from({ length: 17 }, (_, plane) => [0xfffe, 0xffff].map((low) => plane * 0x10000 + low))
  .flat()
  .map((point) => Buffer.from(String.fromCodePoint(point)).toString('hex'));

const unicode = (): Case[] => {
  const words = bytes('Hello-µ@ßöäüàá-UTF-8!!');
  const broken = Buffer.concat([KOSME, hex('eda080'), bytes('edited')]);
  const high = Buffer.concat([KOSME, hex('f4908080'), bytes('edited')]);
  const at = (payload: Buffer, ...ends: number[]): Buffer[] =>
    [...ends, payload.length].map((end, i) => payload.subarray(i === 0 ? 0 : ends[i - 1], end));
  return [
    good('6.1.1', 'empty text', [text('')], [EMPTY]),
    good('6.1.2', 'three empty fragments', fragments([EMPTY, EMPTY, EMPTY]), [EMPTY]),
    good('6.1.3', 'empty first and last fragment', fragments([EMPTY, bytes('middle frame payload'), EMPTY]), [
      bytes('middle frame payload'),
    ]),
    good('6.2.1', 'valid UTF-8', [text(words)], [words]),
    good('6.2.2', 'cut between characters', fragments(at(words, 12)), [words]),
    good('6.2.3', 'a byte a fragment', fragments(split(words, 1)), [words]),
    good('6.2.4', 'a byte a fragment', fragments(split(KOSME, 1)), [KOSME]),
    bad('6.3.1', 'invalid UTF-8', [text(broken)]),
    bad('6.3.2', 'invalid UTF-8, a byte a fragment', fragments(split(broken, 1))),
    bad('6.4.1', 'invalid UTF-8 in the second of three fragments', fragments(at(high, 11, 15))),
    bad('6.4.2', 'invalid UTF-8 at the end of the second fragment', fragments(at(high, 12, 13))),
    bad('6.4.3', 'invalid UTF-8 in a frame in three parts', [text(high)]),
    bad('6.4.4', 'invalid UTF-8 in a frame in three parts', [text(broken)]),
    ...numbered('6.5', valid, ['48656c6c6f2d', KOSME.toString('hex'), 'e282ac', 'f0908d88', '24c2a2e282acf0a4ada2']),
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((end) =>
      ([2, 5, 7, 9, 11].includes(end) ? valid : invalid)(`6.6.${end}`, KOSME.subarray(0, end)),
    ),
    ...numbered('6.7', valid, ['00', 'c280', 'e0a080', 'f0908080']),
    ...numbered('6.8', invalid, ['f888808080', 'fc8480808080']),
    ...numbered('6.9', valid, ['7f', 'dfbf', 'efbfbf', 'f48fbfbf']),
    ...numbered('6.10', invalid, ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf']),
    ...numbered('6.11', valid, ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf']),
    invalid('6.11.5', hex('f4908080')),
    ...numbered('6.12', invalid, [
      '80',
      'bf',
      '80bf',
      '80bf80',
      '80bf80bf',
      '80bf80bf80',
      '80bf80bf80bf',
      CONTINUATIONS,
    ]),
    ...numbered('6.13', invalid, LONELY),
    ...numbered('6.14', invalid, CUT),
    ...numbered('6.15', invalid, [CUT.join('')]),
    ...numbered('6.16', invalid, ['fe', 'ff', 'fefeffff']),
    ...numbered('6.17', invalid, ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af']),
    ...numbered('6.18', invalid, ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf']),
    ...numbered('6.19', invalid, ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080']),
    ...numbered('6.20', invalid, ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf']),
    ...numbered('6.21', invalid, [
      'eda080edb080',
      'eda080edbfbf',
      'edadbfedb080',
      'edadbfedbfbf',
      'edae80edb080',
      'edae80edbfbf',
      'edafbfedb080',
      'edafbfedbfbf',
    ]),
    ...numbered('6.22', valid, NON_CHARACTERS),
    ...numbered('6.23', valid, ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf']),
  ];
};

/**
 * What this uWebSockets.js does in its own way: it ends the connection as it must, but answers these close frames with one
 * that bears no code (1005), where the suite wants 1002, 1007, or for 3000 to 3999 the same code.
 */
const CODELESS = /^7\.(3\.2|5\.1|7\.1[01]|9\.\d|13\.\d)$/;

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];

const closing = (): Case[] => {
  const normal = close(closePayload(1000));
  const ending = (id: string, what: string, frames: Frame[], end: Case['end'], echoes: Buffer[] = []): Case => ({
    ...good(id, what, frames, echoes),
    end: CODELESS.test(id) ? 1005 : end,
    mayEcho: echoes.length > 0,
  });
  const huge = Buffer.alloc(262_144, 'BAsd7&jh23');
  return [
    ending('7.1.1', 'text, then close', [text(HELLO), normal], 1000, [HELLO]),
    ending('7.1.2', 'two closes', [normal, normal], 1000),
    ending('7.1.3', 'close, then ping', [normal, ping()], 1000),
    ending('7.1.4', 'close, then text', [normal, text(HELLO)], 1000),
    ending('7.1.5', 'close between two fragments', [text(F[0], { fin: false }), normal, more(F[1], true)], 1000),
    ending('7.1.6', '256 KiB of text, then text, close and ping', [text(huge), text(HELLO), normal, ping()], 1000, [
      huge,
      HELLO,
    ]),
    ending('7.3.1', 'close without payload', [close()], 1005),
    ending('7.3.2', 'close with one byte', [close(hex('61'))], 'failed'),
    ending('7.3.3', 'close with a code', [normal], 1000),
    ending('7.3.4', 'close with code and reason', [close(closePayload(1000, 'Hello World!'))], 1000),
    ending('7.3.5', 'close with 123 bytes of reason', [close(closePayload(1000, '*'.repeat(123)))], 1000),
    ending('7.3.6', 'close with 124 bytes of reason', [close(closePayload(1000, '*'.repeat(124)))], 'failed'),
    ending(
      '7.5.1',
      'close with a reason that is no UTF-8',
      [close(closePayload(1000, hex('cebae1bdb9eda080')))],
      'failed',
    ),
    ...VALID_CODES.map((code, i) => ending(`7.7.${i + 1}`, `close with ${code}`, [close(closePayload(code))], code)),
    ...INVALID_CODES.map((code, i) =>
      ending(`7.9.${i + 1}`, `close with ${code}`, [close(closePayload(code))], 'failed'),
    ),
    ...[5000, 65_535].map((code, i) =>
      ending(`7.13.${i + 1}`, `close with ${code}`, [close(closePayload(code))], 'failed'),
    ),
  ];
};

const LONG = Buffer.alloc(65_536, '*');
export const CASES: readonly Case[] = [
  ...framing(),
  ...pings(),
  ...reserved(),
  ...opcodes(),
  ...fragmentation(),
  ...unicode(),
  ...closing(),
  good('10.1.1', 'text of 65536 bytes in fragments of 1300', fragments(split(LONG, 1_300)), [LONG]),
];
