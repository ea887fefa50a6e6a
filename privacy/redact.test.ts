import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masksIn, redactBody, redactedBody, redactForm } from './redact.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const SSE = 'text/event-stream; charset=utf-8';
const SECRETS = [
  'jane.doe@example.com',
  '4111 1111 1111 1111',
  '+49 30 901820',
  'DE89 3704 0044 0532 0130 00',
  'sk-proj-Ab12Cd34Ef56Gh78Ij90',
  '123-45-6789',
  '203.0.113.42',
] as const;

/** Escapes that mean the same in JSON. */
const escapedAtRandom = (text: string, choices: readonly number[]): string =>
  text
    .split('')
    .map((character, i) => {
      const choice = choices[i % Math.max(1, choices.length)] ?? 0;
      const quoted = JSON.stringify(character).slice(1, -1);
      return choice === 1 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : quoted;
    })
    .join('');

const chunkOf = (content: string, index = 0): object => ({
  id: 'chatcmpl-9Zk3abCdEf12',
  object: 'chat.completion.chunk',
  created: 1_714_992_000,
  model: 'gpt-4o-2024-05-13',
  choices: [{ index, delta: { content }, finish_reason: null }],
});
const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
const streamOf = (pieces: readonly string[]): string =>
  `${pieces.map((p) => event(chunkOf(p))).join('')}data: [DONE]\n\n`;

const framesOf = (stream: string): unknown[] =>
  stream
    .split('\n\n')
    .filter((frame) => frame !== '' && frame !== 'data: [DONE]')
    .map((frame) => {
      expect(frame.startsWith('data: ')).toBe(true);
      return JSON.parse(frame.slice('data: '.length)) as unknown;
    });
const toldBy = (stream: string, index = 0): string =>
  (framesOf(stream) as { choices: { index: number; delta: { content: string } }[] }[])
    .flatMap(({ choices }) => choices.filter((c) => c.index === index).map((c) => c.delta.content))
    .join('');

const cutAt = (text: string, places: readonly number[]): string[] => {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end));
};

describe('redaction', () => {
  it('gives the same string back when there is nothing personal in it', () => {
    const body = JSON.stringify({ a: 'order 10024578 of 2024-05-06', created: 1_714_992_000, b: 'line\n"two"' });
    expect(redactBody(body, JSON_TYPE, false)).toBe(body);
    expect(redactBody(streamOf(['no', 'thing ', 'here']), SSE, false)).toBe(streamOf(['no', 'thing ', 'here']));
  });

  const WITH_MARK = ['Dear [NAME], [EMAIL] is a form.', 'Is [CARD] yours?', String.raw`\u005bCARD] is none`] as const;

  it('leaves a mark that somebody wrote where nothing was masked', () => {
    for (const text of WITH_MARK) {
      const said = `{"a":"${text}"}`;
      expect(redactBody(said, JSON_TYPE, false)).toBe(said);
      expect(redactForm(text)).toBe(text);
      const stream = streamOf(text.split(''));
      expect(redactBody(stream, SSE, false)).toBe(stream);
    }
  });

  it('writes it small where something was, so that it can’t pass for one', () => {
    const told = (text: string): string =>
      (JSON.parse(redactBody(`{"a":"${text}, jo@acme.io"}`, JSON_TYPE, false)) as { a: string }).a;
    expect(WITH_MARK.map(told)).toEqual([
      'Dear [NAME], [email] is a form., [EMAIL]',
      'Is [card] yours?, [EMAIL]',
      '[card] is none, [EMAIL]',
    ]);
    const args = JSON.stringify({ a: JSON.stringify({ card: '[CARD]', to: 'jo@acme.io' }) });
    expect(redactBody(args, JSON_TYPE, false)).toBe(JSON.stringify({ a: '{"card":"[card]","to":"[EMAIL]"}' }));
  });

  it('writes it small in a stream, wherever that is cut, and in a text beside the one with something in it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 20 }), (places) => {
        const stream = `${cutAt('Is [CARD] of jo@acme.io , so?', places)
          .map((piece) => event(chunkOf(piece)))
          .join('')}${event(chunkOf('[PHONE]', 1))}`;
        const redacted = redactBody(stream, SSE, false);
        expect(toldBy(redacted)).toBe('Is [card] of [EMAIL] , so?');
        expect(toldBy(redacted, 1)).toBe('[phone]');
      }),
    );
  });

  it('takes no part of a date for a number where a stream is cut within it', () => {
    const text = 'It was on 2024-05-06, or 1990-01-01.';
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 20 }), (places) => {
        const stream = streamOf(cutAt(text, places));
        expect(redactBody(stream, SSE, false)).toBe(stream);
      }),
    );
  });

  it('leaves those marks that its writer was shown', () => {
    const said = '{"a":"[CARD] [PHONE] jo@acme.io"}';
    const redacted = redactBody(said, JSON_TYPE, false, new Set(['[CARD]']));
    expect(redacted).toBe('{"a":"[CARD] [phone] [EMAIL]"}');
    const full = { state: 'full', contentType: JSON_TYPE, text: said, sizeBytes: 9, sha256: 'x' } as const;
    expect(masksIn(full)).toEqual(new Set());
    expect(masksIn(redactedBody(full, new Set(['[CARD]'])))).toEqual(new Set(['[CARD]', '[EMAIL]']));
  });

  it.each([['[CARD]'], ['[CARD] jo@acme.io '], ['"[CARD" ]'], ['[[CARD]]@a.io ']])(
    'takes a time by the length of many %j',
    (unit) => {
      const text = unit.repeat(30_000);
      expect(redactBody(text, 'text/plain', false).length).toBeLessThanOrEqual(text.length);
    },
  );

  it('leaves JSON that parses, with everything around as it was, however the personal part is escaped', () => {
    const noise = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\p{L}\p{N}@.+(\\%&-]/u.test(text));
    fc.assert(
      fc.property(
        fc.constantFrom(...SECRETS),
        noise,
        noise,
        fc.array(fc.nat(1), { maxLength: 7 }),
        (secret, a, b, how) => {
          const inner = (text: string): string => JSON.stringify(text).slice(1, -1);
          const body = `{"a": "${inner(a)} ${escapedAtRandom(secret, how)} ${inner(b)}", "n": [1, true]}`;
          const parsed = JSON.parse(redactBody(body, JSON_TYPE, false)) as { a: string; n: unknown };
          expect(parsed.a).toMatch(/\[[A-Z]+\]/);
          expect(parsed.a.startsWith(`${a} `) && parsed.a.endsWith(` ${b}`)).toBe(true);
          expect(parsed.a).not.toContain(secret);
          expect(parsed.n).toEqual([1, true]);
        },
      ),
    );
  });

  it('reads JSON within JSON within JSON, as in the arguments of a tool call', () => {
    const args = JSON.stringify({ to: 'jane@example.com', nested: JSON.stringify({ card: '4111 1111 1111 1111' }) });
    const body = JSON.stringify({
      choices: [{ message: { tool_calls: [{ function: { name: 'send', arguments: args } }] } }],
    });
    const redacted = JSON.parse(redactBody(body.replaceAll('@', '\\\\u0040'), JSON_TYPE, false)) as {
      choices: { message: { tool_calls: { function: { arguments: string } }[] } }[];
    };
    const told = JSON.parse(redacted.choices[0]!.message.tool_calls[0]!.function.arguments) as {
      to: string;
      nested: string;
    };
    expect(told.to).toBe('[EMAIL]');
    expect(JSON.parse(told.nested)).toEqual({ card: '[CARD]' });
  });

  it('makes a string of a number that is personal, and leaves keys, booleans and other numbers', () => {
    const body =
      '{"card":4111111111111111,"ssn": 123456789 ,"list":[4012888888881881,-4111111111111111, 4111111111111111e2],"created":1714992000,"ok":true}';
    expect(JSON.parse(redactBody(body, JSON_TYPE, false))).toEqual({
      card: '[CARD]',
      ssn: '[SSN]',
      list: ['[CARD]', '[CARD]', '[CARD]'],
      created: 1_714_992_000,
      ok: true,
    });
  });

  it('finds what a stream tells in pieces, wherever they are cut, and keeps each frame', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SECRETS), fc.array(fc.nat(60), { maxLength: 30 }), (secret, places) => {
        const pieces = cutAt(`It is ${secret} , so there.`, places);
        const redacted = redactBody(streamOf(pieces), SSE, false);
        expect(framesOf(redacted)).toHaveLength(pieces.length);
        expect(toldBy(redacted)).toMatch(/^It is \[[A-Z]+\] , so there\.$/);
        expect(redacted.endsWith('data: [DONE]\n\n')).toBe(true);
      }),
    );
  });

  it('keeps the choices of a stream apart, and finds what each tells', () => {
    const stream = ['ja', 'ne@ex', 'ample', '.com ok']
      .flatMap((piece) => [event(chunkOf(piece)), event(chunkOf('4111 ', 1))])
      .join('');
    const redacted = redactBody(stream, SSE, false);
    expect(toldBy(redacted, 0)).toBe('[EMAIL] ok');
    expect(toldBy(redacted, 1)).toBe('4111 4111 4111 4111 ');
  });

  it.each([
    [
      'tool arguments',
      (p: string) => ({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: p } }] } }] }),
    ],
    ['responses', (p: string) => ({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta: p })],
    ['completions', (p: string) => ({ choices: [{ text: p, index: 0 }] })],
    ['an agent of its own kind', (p: string) => ({ token: p })],
  ])('knows the streams of %s', (_name, frame) => {
    const stream = ['{\\"to\\": \\"ja', 'ne@', 'example.c', 'om\\"}'].map((p) => event(frame(p))).join('');
    const redacted = redactBody(stream, SSE, false);
    expect(framesOf(redacted)).toHaveLength(4);
    expect(redacted).toContain('[EMAIL]');
    expect(redacted).not.toMatch(/ja"|ne@|example/);
  });

  it('reads streams that are no JSON, events of several lines, other line ends, and NDJSON', () => {
    expect(redactBody('data: ja\n\ndata: ne@exam\n\ndata: ple.com\n\n', SSE, false)).toBe(
      'data: [EMAIL]\n\ndata: \n\ndata: \n\n',
    );
    expect(redactBody('event: x\r\ndata: jane@example.com\r\n\r\n', SSE, false)).toBe(
      'event: x\r\ndata: [EMAIL]\r\n\r\n',
    );
    expect(redactBody('{"r":"jane@"}\n{"r":"example.com"}\n', 'application/x-ndjson', false)).toBe(
      '{"r":"[EMAIL]"}\n{"r":""}\n',
    );
    expect(redactBody('data: -----BEGIN PRIVATE KEY-----\ndata: MIIEvQIBADANBg\n\n', SSE, false)).toMatch(
      /^data: \[SECRET\]\ndata: \n\n$/,
    );
  });

  it('leaves no beginning of anything at the end of a body that was cut', () => {
    expect(redactBody('{"a":"write to jane@exam', JSON_TYPE, true)).toBe('{"a":"write to [CUT]');
    const cut = streamOf(['my card is 41', '11 1111 11']).slice(
      0,
      -'"},"finish_reason":null}]}\n\ndata: [DONE]\n\n'.length,
    );
    const redacted = redactBody(cut, SSE, true);
    expect(redacted).toContain('my card is [CUT]"');
    expect(redacted).not.toContain('11 1111');
  });

  it('reads what is percent-encoded in paths and forms', () => {
    expect(redactForm('/tel/search?mail=jane%40example.com&n=1')).toBe('/tel/search?mail=[EMAIL]&n=1');
    expect(redactForm('/x?tel=+49+30+901820&n=1')).toBe('/x?tel=[PHONE]&n=1');
    expect(redactForm('/x?mail=jane+shop@example.com')).toBe('/x?mail=[EMAIL]');
    expect(
      redactBody('to=jane%40example.com&card=4111+1111+1111+1111', 'application/x-www-form-urlencoded', false),
    ).toBe('to=[EMAIL]&card=[CARD]');
  });

  it('never throws and never breaks a document, whatever it is', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      'data: ',
      '\n',
      '\n\n',
      '\r',
      '4111111111111111',
      'a@b.co',
      'x',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.boolean(), (parts, isCut) => {
        for (const type of [JSON_TYPE, SSE, 'application/x-ndjson', '']) {
          const redacted = redactBody(parts.join(''), type, isCut);
          expect(redacted).not.toContain('a@b.co');
        }
      }),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        JSON.parse(redactBody(json, JSON_TYPE, false));
      }),
    );
  });
});
