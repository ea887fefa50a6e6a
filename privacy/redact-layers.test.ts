import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPii } from './find-pii.ts';
import { plainText } from './plain-text.ts';
import { redactBody } from './redact.ts';

const JSON_TYPE = 'application/json';
const SSE = 'text/event-stream';
const CARD = '4111111111111111';

const args = (argumentsJson: string): string =>
  JSON.stringify({ choices: [{ message: { tool_calls: [{ function: { name: 'pay', arguments: argumentsJson } }] } }] });
type Call = { choices: { message: { tool_calls: { function: { arguments: string } }[] } }[] };
const redactedArgs = (argumentsJson: string): string =>
  (JSON.parse(redactBody(args(argumentsJson), JSON_TYPE, false)) as Call).choices[0]!.message.tool_calls[0]!.function
    .arguments;

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (piece: string, index?: number): object => ({
  choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: piece } }] } }],
});
type Chunk = { choices: { delta: { tool_calls: { function: { arguments: string } }[] } }[] };
const toldBy = (stream: string): string =>
  stream
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as Chunk)
    .map(({ choices }) => choices[0]!.delta.tool_calls[0]!.function.arguments)
    .join('');
const streamed = (pieces: readonly string[]): string =>
  toldBy(redactBody(pieces.map((piece) => event(chunk(piece))).join(''), SSE, false));

describe('a number in JSON within a string', () => {
  it.each([
    [`{"card":${CARD}}`, '{"card":"[CARD]"}'],
    [`{ "card" : ${CARD} , "n": 1 }`, '{ "card" : "[CARD]" , "n": 1 }'],
    [`{"card":${' '.repeat(40)}${CARD}}`, `{"card":${' '.repeat(40)}"[CARD]"}`],
    [`{\n\t"card":\n${CARD}\n}`, '{\n\t"card":\n"[CARD]"\n}'],
    [`{"card":-${CARD}}`, '{"card":"[CARD]"}'],
    [`{"card":${CARD}e2}`, '{"card":"[CARD]"}'],
    [`[${CARD},5,-${CARD}E+2]`, '["[CARD]",5,"[CARD]"]'],
    [`[[${CARD}]]`, '[["[CARD]"]]'],
    [`{"ssn":123456789}`, '{"ssn":"[SSN]"}'],
    [`{"phone":2125551234}`, '{"phone":"[PHONE]"}'],
    [`{"dob":19900101}`, '{"dob":"[BIRTHDATE]"}'],
    [`{"card":"${CARD}"}`, '{"card":"[CARD]"}'],
    [`{"note":"card: ${CARD}, or so"}`, '{"note":"card: [CARD], or so"}'],
    [`{"a\\"b":${CARD}}`, '{"a\\"b":"[CARD]"}'],
    [`{"a":1}{"card":${CARD}}`, '{"a":1}{"card":"[CARD]"}'],
    [`\`\`\`json\n{"card":${CARD}}\n\`\`\``, '```json\n{"card":"[CARD]"}\n```'],
  ])('becomes a string there: %s', (before, after) => {
    expect(redactedArgs(before)).toBe(after);
    expect(streamed([before])).toBe(after);
    for (let at = 1; at < before.length; at += 1) expect(streamed([before.slice(0, at), before.slice(at)])).toBe(after);
    expect(streamed(before.split(''))).toBe(after);
  });

  it('becomes a string with as many backslashes as its layer needs', () => {
    expect(redactBody(`{"a":"{\\"card\\":${CARD}}"}`, JSON_TYPE, false)).toBe('{"a":"{\\"card\\":\\"[CARD]\\"}"}');
    const twice = JSON.stringify({ nested: JSON.stringify({ nested: JSON.stringify([Number(CARD)]) }) });
    expect(redactedArgs(twice)).toBe(twice.replace(CARD, String.raw`\\\"[CARD]\\\"`));
  });

  it.each([
    `My card: ${CARD}, thanks`,
    `[card: ${CARD}, or so]`,
    `{not JSON: ${CARD}}`,
    CARD,
    `"${CARD}"`,
    `see [${CARD}] for it`,
  ])('gets no quotes in prose: %s', (before) => {
    expect(redactedArgs(before)).toBe(before.replace(CARD, '[CARD]'));
    expect(streamed(before.split(''))).toBe(before.replace(CARD, '[CARD]'));
  });

  it('is told apart from a longer one whose piece looks like it', () => {
    expect(streamed(['{"n":12', CARD, '345678}'])).toBe('{"n":"[CARD]"}');
  });
});

describe('a whole document', () => {
  it.each([
    ['prose that begins like a list', `[card: ${CARD}, or so]`, 'text/plain', '[card: [CARD], or so]'],
    ['a list as text', `[${CARD}]`, 'text/plain', '["[CARD]"]'],
    ['a number alone', CARD, JSON_TYPE, '"[CARD]"'],
    ['a number alone as text', CARD, '', '[CARD]'],
    ['a string with JSON in it', JSON.stringify(`[${CARD}]`), JSON_TYPE, JSON.stringify('["[CARD]"]')],
    ['JSON with its own type', `{"a": ${CARD}}`, 'Application/Problem+JSON; charset=utf-8', '{"a": "[CARD]"}'],
  ])('is left what it is: %s', (_, before, type, after) => {
    expect(redactBody(before, type, false)).toBe(after);
  });
});

describe('a body of any type', () => {
  const SPLIT_CARD = [chunk('4111 1111'), chunk(' 1111 1111')];
  const events = SPLIT_CARD.map(event).join('');
  const lines = SPLIT_CARD.map((data) => `${JSON.stringify(data)}\n`).join('');
  it.each([
    ['', events],
    ['text/plain; charset=utf-8', events],
    ['application/json', events],
    ['Text/Event-Stream;Charset=UTF-8', events],
    ['', `\uFEFF: hi\n\n${events}`],
    ['', lines],
    ['text/plain', lines],
    ['application/json', lines],
    ['Application/X-NDJSON', lines],
    ['application/jsonl', lines],
    ['application/json-lines', lines],
    ['application/stream+json', lines],
    ['application/json-seq', lines.replaceAll(/^/gm, '\u001e').slice(0, -1)],
  ])('of type %j is read by its form', (type, body) => {
    const redacted = redactBody(body, type, false);
    expect(redacted).toContain('[CARD]');
    expect(redacted).not.toContain('1111');
  });

  it('is a form by a type in any case', () => {
    const form = 'APPLICATION/X-WWW-Form-UrlEncoded; charset=utf-8';
    expect(redactBody('tel=+49+30+901820&n=1', form, false)).toBe('tel=[PHONE]&n=1');
  });

  it('has each line of an event that is written over several', () => {
    const body = `data: {"list": [\ndata:   ${CARD},\ndata: ${CARD}\ndata: ]}\n\n`;
    expect(redactBody(body, SSE, false)).toBe('data: {"list": [\ndata:   "[CARD]",\ndata: "[CARD]"\ndata: ]}\n\n');
    expect(redactBody(`data: card: ${CARD}, ok\n\n`, SSE, false)).toBe('data: card: [CARD], ok\n\n');
  });
});

const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    Number(CARD),
    -Number(CARD),
    4012888888881881,
    378282246310005,
    2125551234,
    'card: 4111 1111 1111 1111',
    'jane@example.com',
    `[${CARD}]`,
    '\\"\n\u2028 { [ ',
    'DE89 3704 0044 0532 0130 00',
  ),
  fc.integer(),
  fc.boolean(),
  fc.string({ maxLength: 6 }),
);
const tree = (inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.array(inner, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'card', 'ssn', 'phone', 'x "y"'), inner, { maxKeys: 3 }),
  );
const layered = (depth: number): fc.Arbitrary<unknown> => {
  const flat = tree(fc.oneof(leaf, tree(leaf)));
  return depth === 0
    ? flat
    : tree(
        fc.oneof(
          leaf,
          layered(depth - 1),
          layered(depth - 1).map((value) => JSON.stringify(value)),
        ),
      );
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Both have the same form down to the last layer of JSON in strings, but for numbers that became marks. */
const expectSameForm = (before: unknown, after: unknown): void => {
  if (typeof before === 'string') {
    expect(typeof after).toBe('string');
    const inner = parsed(before);
    if (isTree(inner)) expectSameForm(inner, parsed(after as string));
    return;
  }
  if (!isTree(before)) {
    if (after !== before) expect(after).toMatch(/^\[[A-Z]+\]$/);
    return;
  }
  expect(isTree(after) && Object.keys(after)).toEqual(Object.keys(before));
  for (const key of Object.keys(before)) expectSameForm(Reflect.get(before, key), Reflect.get(after as object, key));
};

describe('JSON within JSON within JSON', () => {
  it(
    'is still JSON at every layer after redaction, in pieces too, and holds nothing personal',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(
          layered(3),
          fc.array(fc.nat(400), { maxLength: 12 }),
          fc.constantFrom(undefined, 1),
          (value, cuts, space) => {
            const told = JSON.stringify(value, null, space);
            const whole = redactedArgs(told);
            expectSameForm(value, JSON.parse(whole));
            expect(findPii(plainText(whole))).toEqual([]);
            const ends = [...new Set(cuts.map((cut) => cut % (told.length + 1)))].toSorted((a, b) => a - b);
            const pieces = [...ends, told.length].map((end, i) => told.slice(ends[i - 1] ?? 0, end));
            const joined = streamed(pieces);
            expectSameForm(value, JSON.parse(joined));
            expect(findPii(plainText(joined))).toEqual([]);
            const lines = pieces.map((piece) => `${JSON.stringify(chunk(piece))}\n`).join('');
            for (const line of redactBody(lines, 'application/x-ndjson', false).split('\n').slice(0, -1))
              JSON.parse(line);
          },
        ),
        { numRuns: 300 },
      );
    },
  );

  it.each([
    [`[${`${CARD},`.repeat(20_000)}1]`],
    [JSON.stringify([`[${`${CARD},`.repeat(20_000)}1]`])],
    [JSON.stringify(Array.from({ length: 10_000 }, () => `[${CARD}]`))],
    [JSON.stringify({ a: `${'['.repeat(100_000)}${CARD}` })],
    [JSON.stringify({ a: `${'{}'.repeat(100_000)}${CARD}` })],
    [`[${`${CARD}-`.repeat(20_000)}1]`],
    [`${'['.repeat(100_000)}${CARD}`],
  ])('takes a time by its length: %#', (json) => {
    expect(redactBody(json, JSON_TYPE, false)).not.toContain(CARD);
    expect(redactBody(event({ a: json }), SSE, false)).not.toContain(`${CARD}]`);
  });
});
