import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Body } from '../../schemas/exchange.ts';
import { readAnswer, readRequest } from './chat.ts';
import { body } from '../../schemas/exchange.fixture.ts';
import { completionOf } from './exchange.fixture.ts';

const stream = (text: string): Body => body(text, 'text/event-stream; charset=utf-8');
const sse = (...chunks: unknown[]): string => chunks.map((c) => `data: ${JSON.stringify(c)}\n\n`).join('');
const delta = (d: object, finish: string | null = null): object => ({
  choices: [{ index: 0, delta: d, finish_reason: finish }],
});
const DONE = 'data: [DONE]\n\n';
const callPiece = (index: number, name: string | null, args: string): object =>
  delta({ tool_calls: [{ index, id: name ? `call_${index}` : undefined, function: { name, arguments: args } }] });

describe('readRequest', () => {
  it('finds the last user text, the offered functions and the wish for JSON', () => {
    const request = {
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: null },
        {
          role: 'user',
          content: [{ type: 'text', text: 'sec' }, { type: 'image_url' }, { type: 'text', text: 'ond' }],
        },
        { role: 'tool', content: 'result' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      response_format: { type: 'json_schema' },
    };
    expect(readRequest(body(JSON.stringify(request)))).toMatchObject({
      ok: true,
      value: { lastUserText: 'second', offered: [{ name: 'f', parameters: {} }], wantsJson: true },
    });
  });

  it('keeps the history with its calls, and the reference answer that the client names', () => {
    const called = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const messages = [
      { role: 'assistant', content: null, tool_calls: [called] },
      { role: 'tool', content: 'result' },
    ];
    const read = readRequest(body(JSON.stringify({ messages, metadata: { reference_answer: 'Paris' } })));
    expect(read).toMatchObject({
      value: {
        messages: [
          { role: 'assistant', text: '', toolCalls: [{ name: 'f', arguments: '{}' }] },
          { role: 'tool', text: 'result', toolCalls: [] },
        ],
        referenceAnswer: 'Paris',
      },
    });
  });

  it('reads a request whose metadata or calls in the history are of another form', () => {
    const odd = { messages: [{ role: 'assistant', content: 'x', tool_calls: 'none' }], metadata: 'x' };
    expect(readRequest(body(JSON.stringify(odd)))).toMatchObject({
      ok: true,
      value: { messages: [{ role: 'assistant', text: 'x', toolCalls: [] }], referenceAnswer: null },
    });
  });

  it.each(['', 'null', '[]', '{}', '{"messages":{}}', '{"messages":[{"content":"no role"}]}', '{"messages":[1]}', '{'])(
    'tells %j apart from a request',
    (text) => expect(readRequest(body(text)).ok).toBe(false),
  );

  it.each(['truncated', 'hashed', 'dropped'] as const)('does not read a body that is %s', (state) => {
    const whole = body(JSON.stringify({ messages: [] }));
    expect(readRequest({ ...whole, state })).toEqual({ ok: false, reason: `request: the captured body is ${state}` });
  });

  it('reads a redacted body', () => {
    expect(readRequest({ ...body('{"messages":[]}'), state: 'redacted' }).ok).toBe(true);
  });

  it('takes prototype keys for what they are, data', () => {
    const hostile =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"messages":[{"role":"user","content":"hi","__proto__":{"role":"x"}}],"tools":[{"function":{"name":"__proto__","parameters":{"__proto__":{}}}}]}';
    const read = readRequest(body(hostile));
    expect(read.ok && read.value.lastUserText).toBe('hi');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('readAnswer of a plain answer', () => {
  it('reads text and tool calls', () => {
    const message = {
      content: 'hi',
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    };
    expect(readAnswer(completionOf(message))).toEqual({
      ok: true,
      value: { text: 'hi', toolCalls: [{ name: 'f', arguments: '{}' }], refused: false },
    });
  });

  it('takes the first of several choices', () => {
    const text = JSON.stringify({ choices: [{ message: { content: 'one' } }, { message: { content: 'two' } }] });
    const read = readAnswer(body(text));
    expect(read.ok && read.value.text).toBe('one');
  });

  it("reads the API's own refusal as text and as a refusal", () => {
    const read = readAnswer(completionOf({ content: null, refusal: 'No.' }));
    expect(read).toEqual({ ok: true, value: { text: 'No.', toolCalls: [], refused: true } });
  });

  it.each([
    '',
    '{}',
    '{"choices":[]}',
    '{"choices":[{"delta":{}}]}',
    '<html>',
    '{"error":{"message":"x"}}',
    '{"choices":[{"message":{"content":5}}]}',
  ])('tells %j apart from an empty answer', (text) => expect(readAnswer(body(text)).ok).toBe(false));
});

describe('readAnswer of a stream', () => {
  it('joins text and interleaved pieces of tool calls by index', () => {
    const text = sse(
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'Let ' }),
      delta({ content: 'me.' }),
      callPiece(0, 'look', '{"a"'),
      callPiece(1, 'find', '{'),
      callPiece(0, null, ':1}'),
      callPiece(1, null, '}'),
      delta({}, 'tool_calls'),
      { choices: [], usage: { prompt_tokens: 1 } },
    );
    expect(readAnswer(stream(text + DONE))).toEqual({
      ok: true,
      value: {
        text: 'Let me.',
        toolCalls: [
          { name: 'look', arguments: '{"a":1}' },
          { name: 'find', arguments: '{}' },
        ],
        refused: false,
      },
    });
  });

  it('begins a new call with each id where a server leaves the index out', () => {
    const piece = (id: string | undefined, name: string | undefined, args: string): object =>
      delta({ tool_calls: [{ id, function: { name, arguments: args } }] });
    const text = sse(piece('1', 'a', '{'), piece(undefined, undefined, '}'), piece('2', 'b', '{}'));
    const read = readAnswer(stream(text + DONE));
    expect(read.ok && read.value.toolCalls).toEqual([
      { name: 'a', arguments: '{}' },
      { name: 'b', arguments: '{}' },
    ]);
  });

  it('follows the first choice only', () => {
    const other = { choices: [{ index: 1, delta: { content: 'no' } }] };
    const read = readAnswer(stream(sse(delta({ content: 'yes' }), other) + DONE));
    expect(read.ok && read.value.text).toBe('yes');
  });

  it('accepts a finish reason for the end mark, and neither for no end', () => {
    expect(readAnswer(stream(sse(delta({ content: 'a' }), delta({}, 'stop')))).ok).toBe(true);
    expect(readAnswer(stream(sse(delta({ content: 'a' }))))).toEqual({ ok: false, reason: 'the stream has no end' });
    expect(readAnswer(stream('')).ok).toBe(false);
  });

  it.each([
    ['an error event', sse(delta({ content: 'a' }), { error: { message: 'died' } }) + DONE],
    ['a chunk that is no JSON', `data: {"choices"\n\n${DONE}`],
    ['a chunk of another form', sse({ choices: 'x' }) + DONE],
    ['a call index out of bounds', sse(callPiece(1e9, 'f', '{}')) + DONE],
  ])('does not take %s for an answer', (_, text) => expect(readAnswer(stream(text)).ok).toBe(false));

  it('reads every line ending, comments, other fields, data over several lines and an end without an empty line', () => {
    const json = JSON.stringify(delta({ content: 'x' }, 'stop')).replace('{"choices"', '{\ndata: "choices"');
    const text = `\uFEFF: hi\nevent: message\nid: 1\ndata: ${json}\n\ndata: [DONE]`;
    for (const ending of ['\n', '\r\n', '\r']) {
      const read = readAnswer(stream(text.replaceAll('\n', ending)));
      expect(read.ok && read.value.text).toBe('x');
    }
  });

  it('gives the same answer however the text is split into chunks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(200), { maxLength: 20 }), (text, cuts) => {
        const points = [0, ...cuts.map((c) => Math.min(c, text.length)).toSorted((a, b) => a - b), text.length];
        const pieces = points.slice(1).map((end, i) => text.slice(points[i], end));
        const streamed = readAnswer(stream(sse(...pieces.map((content) => delta({ content }))) + DONE));
        const plain = readAnswer(completionOf({ content: text }));
        expect(streamed).toEqual(plain);
      }),
    );
  });
});

describe('hostile bodies', () => {
  it('never throws, whatever the text', () => {
    const types = fc.constantFrom('application/json', 'text/event-stream');
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((j) => `data: ${j}\n\n`),
      fc.json().map((j) => `{"choices":[{"message":${j}}]}`),
    );
    fc.assert(
      fc.property(texts, types, (text, type) => {
        readRequest(body(text, type));
        readAnswer(body(text, type));
      }),
    );
  });

  it.each([
    ['nested 200,000 levels deep', `{"messages":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['nested in objects', `${'{"messages":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a deep tool', `{"messages":[],"tools":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['4 MiB of one string', JSON.stringify({ messages: [{ role: 'user', content: 'a'.repeat(4_194_304) }] })],
    ['4 MiB of messages', `{"messages":[${'{"role":"user"},'.repeat(262_144)}{"role":"user"}]}`],
    ['4 MiB of empty chunks', 'data: {}\n\n'.repeat(419_430)],
    ['4 MiB of line ends', '\r\n'.repeat(2_097_152)],
    ['4 MiB of data lines in one event', 'data:\n'.repeat(699_050)],
  ])('reads or refuses %s', (_, text) => {
    expect(readRequest(body(text))).toHaveProperty('ok');
    expect(readAnswer(body(text))).toHaveProperty('ok');
    expect(readAnswer(stream(text)).ok).toBe(false);
  });
});
