import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { body } from '../schemas/exchange.fixture.ts';
import { isTooDear } from '../schemas/exchange.ts';
import { BODY_STEPS } from './effort.ts';
import { redactBody, redactedBody } from './redact.ts';

/** As much as is kept of a body. */
const KEPT_CHARACTERS = 256 * 1_024;

/** A text of one part after another, until it is as long as is kept. */
const filled = (part: (i: number) => string, characters = KEPT_CHARACTERS): string => {
  let text = '';
  for (let i = 0; text.length < characters; i += 1) text += part(i);
  return text.slice(0, characters);
};
/** Digits without a pattern, the same for the same place. */
const digits = (i: number, count: number): string =>
  String((Math.imul(i + 1, 2_654_435_761) >>> 0) * 97_003 + 10_000_000_000)
    .padEnd(count, '7')
    .slice(-count);

const TYPES = [
  'application/json',
  'text/plain',
  'text/event-stream',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
];

const stepsOf = (text: string, contentType: string, isCut = false): number => {
  const effort = { left: BODY_STEPS };
  redactBody(text, contentType, isCut, undefined, effort);
  return BODY_STEPS - effort.left;
};

const ORDINARY: readonly [string, string][] = [
  ['prose', filled(() => 'The parcel left our house on Monday and should be with you within three days. ')],
  ['a chat', `{"messages":[${filled((i) => `{"role":"user","content":"Where is order ${i}, please?"},`)}{}]}`],
  [
    'a chat’s stream',
    filled(
      (i) => `data: {"id":"chatcmpl-${i}","created":1700000000,"choices":[{"index":0,"delta":{"content":" on"}}]}\n\n`,
    ),
  ],
  ['a stream of bare words', filled(() => 'data: word\n\n')],
  ['a table of amounts', filled((i) => `row ${i}: ${digits(i, 5)}.${digits(i, 2)} EUR, ${digits(i, 3)} items\n`)],
  ['an embedding', `[${filled((i) => `-0.0${digits(i, 10)},`)}1]`],
  ['times', `[${filled((i) => `17000${digits(i, 5)},`)}1]`],
  ['a list of customers', filled((i) => `c${i}@example.com;+49 30 ${digits(i, 7)}\n`, 40_000)],
];

const HOSTILE: readonly [string, string][] = [
  ['telephone numbers', filled((i) => `0${digits(i, 4)} ${digits(i, 5)}; `)],
  ['numbers after a telephone’s word', filled((i) => `tel ${digits(i, 7)} `)],
  ['numbers with a plus for each space', filled((i) => `a=0${digits(i, 3)}+${digits(i, 4)}&`)],
  ['addresses', filled((i) => `a${i}@b.co `)],
  ['addresses of hosts', filled(() => '2001:db8::1 ')],
  ['social security numbers', filled((i) => `ssn ${digits(i, 9)} `)],
  ['JSON in strings', `[${filled((i) => `${JSON.stringify(`{"a":"x@y.de","b":${digits(i, 16)}}`)},`)}1]`],
  ['marks', filled(() => '[CARD] a@b.co ')],
];

describe('what looking for personal data costs', () => {
  it.each(ORDINARY)('of %s as long as is kept is within the budget, whatever it is called', (name, text) => {
    // Of lines that are no JSON the ends are taken for a stream's: numbers would go on in the next.
    const types = name.startsWith('a table') ? ['application/json', 'text/plain'] : TYPES;
    for (const type of types) expect(stepsOf(text, type)).toBeLessThan(BODY_STEPS);
  });

  it.each(HOSTILE)('of %s without end is not: the body is left out, and nothing tells what it held', (_, text) => {
    const types = text.includes('+') && text.startsWith('a=') ? ['application/x-www-form-urlencoded'] : TYPES;
    for (const contentType of types) {
      const left = redactedBody({ ...body(text), contentType });
      expect(left).toMatchObject({ state: 'hashed', text: '', sha256: '', sizeBytes: body(text).sizeBytes });
      expect(isTooDear(left)).toBe(true);
    }
  });

  it.each<[string, string, string]>([
    ['lines', 'application/x-ndjson', filled(() => '\r')],
    ['half documents', 'application/x-ndjson', filled(() => '{\n')],
    ['depth', 'application/x-ndjson', filled(() => '{"a":')],
    ['texts in pieces', 'text/event-stream', filled((i) => `data: {"k${i}":"1"}\n\n`)],
    ['characters of other scripts', 'text/plain', `${filled(() => '１')} a@b.co`],
  ])('of %s ends at the budget, too', (_, type, text) => {
    expect(stepsOf(text, type, true)).toBeGreaterThan(BODY_STEPS);
  });

  it('goes on beyond the budget by no more than one step at a time takes, and is the same each time', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'a@b.co ',
        '0301234567 ',
        '+49 30 1234567 ',
        '::1 ',
        'DE89',
        '\\u0031',
        '１',
        '"',
        '{',
        '[',
        '\n',
        'data: ',
      ),
      // Not empty: no number of empty parts fills a text.
      fc.string({ minLength: 1, maxLength: 12 }),
    );
    const property = fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...TYPES),
      (parts, type) => {
        const text = filled((i) => parts[i % parts.length]!, 60_000);
        const steps = stepsOf(text, type);
        expect(steps).toBeLessThan(1.5 * BODY_STEPS);
        expect(stepsOf(text, type)).toBe(steps);
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});
