/** Requests as no honest client sends them, made from a seed: what goes out, and what of it may reach a version. */

export type Random = { below: (limit: number) => number; pick: <T>(from: readonly T[]) => T };

/** Mulberry32 (T. Ettinger, 2017). */
export const randomFrom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (from) => from[below(from.length)]! };
};

export type Abuse = {
  kind: string;
  /** Written one after the other, each in a packet of its own as far as the system lets us. */
  pieces: Buffer[];
  /** The marks of its requests that may reach a version, in order. */
  marks: string[];
  /** All of them must be answered with 200. */
  isSound: boolean;
  ending: 'wait' | 'end' | 'reset';
};
type Made = Pick<Abuse, 'pieces'> & Partial<Abuse>;
type Maker = (random: Random, mark: string) => Made;

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const MODEL = 'support';
export const SMUGGLED = 'smuggled';
export const jsonOf = (mark: string, more: object = {}): string =>
  JSON.stringify({ model: MODEL, user: mark, ...more });
export const post = (headers: string, body: string, path = '/v1/chat/completions'): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}`;
export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

const plain = (mark: string): string => {
  const body = jsonOf(mark);
  return post(`Content-Length: ${body.length}\r\n`, body);
};
/** A request that stands where none may be. */
export const smuggle = (mark: string): string => plain(`${SMUGGLED}-${mark}`);

/** A sound request in one of several forms. */
const soundOne = (random: Random, mark: string): string => {
  const body = jsonOf(mark);
  const cutAt = 1 + random.below(body.length - 1);
  const chunks = `${chunk(body.slice(0, cutAt))}${chunk(body.slice(cutAt))}0\r\n\r\n`;
  return random.pick([
    plain(mark),
    post('Transfer-Encoding: chunked\r\n', chunks),
    post('Transfer-Encoding: chunked\r\n', chunks, `/agents/${MODEL}/x?q=1`),
    `GET /agents/${MODEL}/x HTTP/1.1\r\nHost: localhost\r\nX-Probe: ${mark}\r\n\r\n`,
    post(`X-Pad: ${'p'.repeat(random.below(8_000))}\r\nContent-Length: ${body.length}\r\n`, body),
    post(`Content-Length: ${jsonOf(mark, { stream: true }).length}\r\n`, jsonOf(mark, { stream: true })),
  ]);
};

/** In pieces, cut anywhere after the first `from` bytes. */
const cutUp = (random: Random, whole: Buffer, from: number): Buffer[] => {
  const count = 1 + random.below(12);
  const cuts = Array.from({ length: count }, () => from + random.below(Math.max(1, whole.length - from)));
  const edges = [0, ...cuts.sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, i) => whole.subarray(edges[i], edge));
};

const NASTY = ['\0', '\r', '\n', '\r\n', '\x01', '\x7f', '\x80', '\xff', ' ', '\t', ':', '\v', '\f', '\\', '"', '%00'];
const BAD_LENGTHS = [
  '-1',
  '+5',
  '0x10',
  '1e3',
  '5, 5',
  '5 5',
  '99999999999999999999',
  '9'.repeat(400),
  'abc',
  '1_0',
  '٥',
  '5;',
];
const BAD_SIZES = [
  'zz',
  '-1',
  '-0',
  '+5',
  '3fffffff',
  'fffffff',
  '40000000',
  '80000000',
  'c0000000',
  '10000000',
  'ffffffff',
  '0x5',
  'fffffffffffffffff',
  '1'.repeat(30),
  '',
  ' ',
  '5 5',
  '\0',
  '٥',
];
const BAD_LINES = [
  'GET',
  'GET /',
  'GET / HTTP',
  'GET / HTTP/9.9',
  'GET  /  HTTP/1.1',
  'GET\t/\tHTTP/1.1',
  'PRI * HTTP/2.0\r\n\r\nSM',
  '/ GET HTTP/1.1',
  'GET / HTTP/1.1 HTTP/1.1',
  'CONNECT elsewhere:443 HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'GET /a\x00b HTTP/1.1',
  'GET /a b HTTP/1.1',
  'GET /agents/support/../../livez HTTP/1.1',
  'G\xcbT / HTTP/1.1',
];

/** Places that take a request. */
const PLACES = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/feedback',
  `/agents/${MODEL}/x`,
  '/v1/models',
  '/v1/models/a',
  '/livez',
  '/nowhere',
  '/',
];

/** Bodies in chunks as uWebSockets.js takes them, and RFC 9112 does not, and sound ones. */
const LOOSE_CHUNKS: readonly ((mark: string) => string)[] = [
  (mark) => `${chunk(jsonOf(mark))}0\r\n\r\n`,
  (mark) => `${chunk(jsonOf(mark))}0\r\nXX`,
  (mark) => `${chunk(jsonOf(mark))}0\n\r\n`,
  (mark) => `${chunk(jsonOf(mark)).slice(0, -2)}XX0\r\n\r\n`,
  (mark) => chunk(jsonOf(mark)).replace('\r\n', ' \r\n') + '0 \r\n\r\n',
  (mark) => chunk(jsonOf(mark)).replace('\r\n', ';a="b\\"";c\r\n') + '00000;x=y\r\n\r\n',
  (mark) => chunk(jsonOf(mark)).replace('\r\n', '\n') + '0\r\n\r\n',
  (mark) => `000${chunk(jsonOf(mark))}0\r\n\r\n`,
  (mark) => `${chunk(jsonOf(mark))}0\r\n\n\n`,
];

/** What may stand behind the last chunk, some of it with another request in it. */
export const TRAILERS: readonly ((mark: string) => string)[] = [
  () => 'X-Sum: 1\r\n\r\n',
  () => 'X-Sum:1\r\nX-More: 2\r\n\r\n',
  (mark) => `G:${smuggle(mark)}`,
  (mark) => `\r\n${smuggle(mark)}`,
  (mark) => `xx${smuggle(mark)}`,
  (mark) => `A: b\r\n${smuggle(mark)}`,
  (mark) => `A: b\r\n\r\n${smuggle(mark)}`,
  (mark) => `Content-Length: 0\r\n\r\n${smuggle(mark)}`,
  (mark) => `Transfer-Encoding: identity\r\n\r\n${smuggle(mark)}`,
  (mark) => ` folded\r\n\r\n${smuggle(mark)}`,
];

/** What may reach a version: `marks`. What is left out is what every field is by default: nothing, and no hope. */
const MAKERS: Readonly<Record<string, Maker>> = {
  'cut anywhere': (random, mark) => {
    const whole = bytes(soundOne(random, mark));
    // This uWebSockets.js answers 505 when the request line itself comes in pieces.
    return { pieces: cutUp(random, whole, whole.indexOf('\n') + 1), marks: [mark], isSound: true };
  },
  'cut in the request line': (random, mark) => ({
    pieces: cutUp(random, bytes(soundOne(random, mark)), 1),
    marks: [mark],
  }),
  pipelined: (random, mark) => {
    const marks = Array.from({ length: 2 + random.below(3) }, (_, i) => `${mark}.${i}`);
    return { pieces: [bytes(marks.map((one) => soundOne(random, one)).join(''))], marks };
  },
  'one after the other': (random, mark) => ({ pieces: [bytes(soundOne(random, mark))], marks: [mark], isSound: true }),
  'nasty byte': (random, mark) => {
    const sound = plain(mark);
    const at = random.below(sound.indexOf('\r\n\r\n') + 4);
    return { pieces: [bytes(sound.slice(0, at) + random.pick(NASTY) + sound.slice(at))], marks: [mark] };
  },
  'byte changed': (random, mark) => {
    const whole = bytes(soundOne(random, mark));
    whole[random.below(whole.length)] = random.below(256);
    return { pieces: [whole], marks: [mark, ''] };
  },
  'length and coding': (random, mark) => {
    const headers = random.pick([
      `Content-Length: 6\r\nTransfer-Encoding: chunked\r\n`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${smuggle(mark).length + 5}\r\n`,
      `Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n`,
      `Transfer-Encoding: chunked, identity\r\n`,
      `Transfer-Encoding: identity\r\nContent-Length: 3\r\n`,
      `Transfer-Encoding: identity\r\n`,
      `Transfer-Encoding:\r\n`,
      `Transfer-Encoding:\r\nContent-Length: 3\r\n`,
      `Transfer-Encoding: gzip, chunked\r\n`,
      `Transfer-Encoding:\r\n chunked\r\n`,
      `Content-Length: 3\r\n Transfer-Encoding: chunked\r\n`,
      `Transfer-Encoding : chunked\r\n`,
      `Transfer_Encoding: chunked\r\nContent-Length: 3\r\n`,
      `Transfer-Encoding: \x0bchunked\r\nContent-Length: 3\r\n`,
      `Transfer-encoding: cow\r\nTransfer-Encoding: chunked\r\n`,
    ]);
    const path = random.pick(PLACES);
    // A header of another name: a request of three bytes, which may be answered before what follows it is seen.
    const marks = headers.startsWith('Transfer_') ? [''] : [];
    return { pieces: [bytes(post(`X-Probe: ${mark}\r\n${headers}`, `0\r\n\r\n${smuggle(mark)}`, path))], marks };
  },
  'said twice': (random, mark) => {
    const length = smuggle(mark).length;
    const headers = random.pick([
      `Content-Length: 0\r\nContent-Length: ${length}\r\n`,
      `Content-Length: ${length}\r\nContent-Length: ${length}\r\n`,
      `Content-Length: 3\r\nHost: b\r\n`,
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
      'content-length: 3\r\nCONTENT-LENGTH: 4\r\n',
    ]);
    return { pieces: [bytes(post(headers, smuggle(mark), random.pick(PLACES)))] };
  },
  'bad length': (random, mark) => ({
    pieces: [bytes(post(`Content-Length: ${random.pick(BAD_LENGTHS)}\r\n`, smuggle(mark)))],
  }),
  'bad chunk': (random, mark) => {
    const path = random.pick(PLACES);
    const first = random.pick(['', chunk(jsonOf(mark))]);
    const bad = `${random.pick(BAD_SIZES)}\r\n${smuggle(mark)}`;
    const unended = `5\r\nhelloXX${smuggle(mark)}`;
    const line = random.pick([bad, unended]);
    // A part of it is sound and may be on its way when the rest comes.
    return {
      pieces: cutUp(random, bytes(post(`X-Probe: ${mark}\r\nTransfer-Encoding: chunked\r\n`, first + line, path)), 40),
      marks: [mark],
    };
  },
  'behind chunks': (random, mark) => {
    const whole = post(
      `X-Probe: ${mark}\r\nTransfer-Encoding: chunked\r\n`,
      random.pick(LOOSE_CHUNKS)(mark),
      random.pick(PLACES),
    );
    const pieces = random.pick([[`${whole}${smuggle(mark)}`], [whole, smuggle(mark)], [whole, '', '', smuggle(mark)]]);
    return { pieces: pieces.map(bytes), marks: [mark] };
  },
  trailer: (random, mark) => {
    const head = `X-Probe: ${mark}\r\nTransfer-Encoding: chunked\r\nTrailer: G\r\n`;
    const whole = post(head, `${chunk(jsonOf(mark))}0\r\n${random.pick(TRAILERS)(mark)}`, random.pick(PLACES));
    const end = whole.indexOf('\r\n0\r\n') + random.below(12);
    const pieces = random.pick([[whole], [whole.slice(0, end), whole.slice(end)]]);
    return { pieces: pieces.map(bytes), marks: [mark] };
  },
  'body of a GET': (random, mark) => {
    const path = random.pick([
      '/livez',
      '/readyz',
      '/v1/models',
      '/v1/models/support',
      '/metrics',
      `/agents/${MODEL}/x`,
      '/nowhere',
    ]);
    const method = random.pick(['GET', 'HEAD', 'OPTIONS', 'DELETE']);
    const [headers, body] = random.pick([
      ['Transfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggle(mark)}`],
      ['Transfer-Encoding: chunked\r\n', `5\r\nhello\r\n0\r\n\r\n${smuggle(mark)}`],
      [`Content-Length: ${smuggle(mark).length}\r\n`, smuggle(mark)],
    ] as const);
    return {
      pieces: [bytes(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nX-Probe: ${mark}\r\n${headers}\r\n${body}`)],
      marks: [mark],
    };
  },
  'too many headers': (random, mark) => ({
    pieces: [
      bytes(post(Array.from({ length: 101 + random.below(200) }, (_, i) => `X-${i}: y\r\n`).join(''), smuggle(mark))),
    ],
  }),
  'too long a header': (random, mark) => ({
    pieces: cutUp(random, bytes(post(`X-Long: ${'y'.repeat(33_000 + random.below(200_000))}\r\n`, smuggle(mark))), 40),
  }),
  'too large a body': (random) => {
    const size = 150_000 + random.below(500_000);
    const path = random.pick(PLACES);
    const isChunked = random.below(2) === 0;
    const headers = isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${size}\r\n`;
    const body = isChunked ? chunk('x'.repeat(65_536)).repeat(Math.ceil(size / 65_536)) : 'x'.repeat(size);
    return { pieces: [bytes(post(headers, body, path))], marks: [''] };
  },
  // Some of them are as good as others in their framing: then what follows is simply the next request.
  'bad request line': (random, mark) => ({
    pieces: [bytes(`${random.pick(BAD_LINES)}\r\nHost: localhost\r\n\r\n${plain(mark)}`)],
    marks: [mark],
  }),
  noise: (random, mark) => ({
    pieces: [
      Buffer.from(Array.from({ length: 1 + random.below(3_000) }, () => random.below(256))),
      bytes(`\r\n\r\n${smuggle(mark)}`),
    ],
  }),
  'absolute target': (random, mark) => {
    const target = random.pick([
      'http://elsewhere/v1/chat/completions',
      'http://a/agents/support/x',
      '//v1/chat/completions',
      'v1/chat/completions',
    ]);
    const body = jsonOf(mark);
    return {
      pieces: [bytes(`POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`)],
      marks: [mark],
    };
  },
  'endless word': (random) => {
    const word = 'A'.repeat(1_000_000);
    return {
      pieces: [
        bytes(
          random.pick([
            `${word} / HTTP/1.1\r\n\r\n`,
            `GET /${word} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
            `GET / HTTP/1.1\r\n${word}: x\r\n\r\n`,
          ]),
        ),
      ],
    };
  },
  'cut off': (random, mark) => {
    const whole = bytes(soundOne(random, mark));
    return {
      pieces: [whole.subarray(0, random.below(whole.length))],
      marks: [mark],
      ending: random.pick(['end', 'reset'] as const),
    };
  },
  'gone before the answer': (random, mark) => ({
    pieces: [bytes(soundOne(random, mark))],
    marks: [mark],
    ending: random.pick(['end', 'reset'] as const),
  }),
  'connect and leave': (random) => ({ pieces: [], ending: random.pick(['end', 'reset'] as const) }),
};

export const ABUSE_KINDS: readonly string[] = Object.keys(MAKERS);

/** The n-th abuse of a seed; the same for the same numbers. Kinds come in turn. */
export const abuseOf = (seed: number, n: number): Abuse => {
  const kind = ABUSE_KINDS[n % ABUSE_KINDS.length]!;
  const random = randomFrom(Math.imul(seed ^ n, 0x9e3779b1) ^ n);
  const made = MAKERS[kind]!(random, `${seed}-${n}`);
  return { kind, marks: [], isSound: false, ending: 'wait', ...made };
};
