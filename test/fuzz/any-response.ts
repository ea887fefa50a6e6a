import type { Random } from '../../ingress/test/http-abuse.harness.ts';
import { anyCase } from './fuzzer.ts';

/** HTTP/1.1 responses, right and wrong, as bytes of Latin-1. */

const STATUS_LINES = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 404 Not Found',
  'HTTP/1.1 500 ',
  'HTTP/1.1 200',
  'HTTP/1.1 529 Site is overloaded',
  'HTTP/1.1 204 No Content',
  'HTTP/1.1 304 Not Modified',
  'HTTP/1.0 200 OK',
  'HTTP/1.1  200 OK',
  'HTTP/2.0 200 OK',
  'HTTP/1.1 99 Low',
  'http/1.1 200 OK',
  'HTTP/1.1 200 \xe9t\xe9',
];
const FIELDS = [
  'Content-Type: text/event-stream',
  'X-A: b',
  'X-A: c',
  'x-empty:',
  'X-Blank: \t padded \t ',
  'Content-Disposition: attachment; filename="\xc3\x9cbersicht.pdf"',
  'X-Latin: caf\xe9\xa0',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d',
  'Connection: close',
  'Connection: keep-alive',
  'Trailer: x-sum',
];
const ODD_FIELDS = [
  'X Y: z',
  'X-Y : z',
  ': z',
  'no colon',
  'X-Nul: a\0b',
  ' folded: yes',
  'X-Bare: a\nX-B: c',
  'X-Cr: a\rb',
  'Content-Length: 3',
  'Content-Length: +3',
  'Content-Length: 3, 3',
  'Content-Length: 0x3',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
];
const BODIES = ['', 'x', 'hello', 'data: {"a":1}\n\n', '\xff\x00\r\n\r\n', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'];

const some = <T>(random: Random, from: readonly T[], atMost: number): T[] =>
  Array.from({ length: random.below(atMost + 1) }, () => random.pick(from));

const chunk = (random: Random, text: string): string => {
  const size = text.length.toString(16);
  const written = random.pick([size, size.toUpperCase(), `0${size}`, size]);
  return `${written}${random.pick(['', '', '', ';x=y', ' ;x', ';'])}\r\n${text}\r\n`;
};

const chunkedBody = (random: Random): string => {
  const parts = some(random, BODIES, 4).filter((text) => text !== '');
  const trailers = random.below(4) === 0 ? 'X-Sum: 1\r\n' : '';
  return `${parts.map((text) => chunk(random, text)).join('')}${random.pick(['0', '000', '0;x'])}\r\n${trailers}\r\n`;
};

/** A change of one byte, as a broken proxy or a hostile version might make. */
const NOISE = ['', '\r', '\n', '\0', ' ', '0', ':', 'x', '\r\n', '\t', '\xff'];
const mutated = (random: Random, text: string): string => {
  const at = random.below(text.length);
  return text.slice(0, at) + random.pick(NOISE) + text.slice(at + random.below(2));
};

const fieldsOf = (random: Random): string[] =>
  [...some(random, FIELDS, 4), ...(random.below(6) === 0 ? [random.pick(ODD_FIELDS)] : [])].map((field) => {
    const colon = field.indexOf(':');
    return colon < 0 ? field : anyCase(random, field.slice(0, colon)) + field.slice(colon);
  });

/** One response, and sometimes what should not follow it. */
export const anyResponse = (random: Random): string => {
  const framing = random.pick(['length', 'chunked', 'close'] as const);
  const body = random.pick(BODIES);
  const told =
    framing === 'length'
      ? [`Content-Length: ${body.length}`]
      : framing === 'chunked'
        ? ['Transfer-Encoding: chunked']
        : [];
  const fields = [...fieldsOf(random), ...told].map((field) => `${field}\r\n`).join('');
  const early = random.below(10) === 0 ? 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n' : '';
  const whole = `${early}${random.pick(STATUS_LINES)}\r\n${fields}\r\n${framing === 'chunked' ? chunkedBody(random) : body}`;
  const changed = random.below(3) === 0 ? mutated(random, whole) : whole;
  return random.below(8) === 0 ? changed.slice(0, random.below(changed.length)) : changed;
};
