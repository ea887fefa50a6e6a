import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { body } from '../schemas/exchange.fixture.ts';
import { type Asked, readAnswer } from './answer.ts';
import type { Answer, AnswerCall, Reading } from './reading.ts';

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const SSE = 'text/event-stream; charset=utf-8';
const DONE = 'data: [DONE]\n\n';

const at = (path: string, answerPath = ''): Asked => ({ path, answerPath });
const sse = (...events: unknown[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const delta = (delta: object, finish: unknown = null, index: unknown = 0) => ({
  choices: [{ index, delta, finish_reason: finish }],
});
const plain = (value: unknown, path = CHAT) => readAnswer(body(JSON.stringify(value)), at(path));
const streamed = (text: string, path = CHAT) => readAnswer(body(text, SSE), at(path));
const kindOf = (text: string, contentType = 'application/json', path = CHAT) =>
  readAnswer(body(text, contentType), at(path)).kind;
const answerIn = (reading: Reading): Answer => {
  if (reading.kind !== 'answer') throw new Error(`${reading.kind}: ${reading.reason}`);
  return reading.answer;
};
const said = (text: string | null, rest: Partial<Answer> = {}): Reading => ({
  kind: 'answer',
  answer: { text, refusal: '', calls: [], finishReason: null, ...rest },
});
const READ_CALL: AnswerCall = { kind: 'function', id: 'c1', name: 'lookup', arguments: '{"id":1}', problem: '' };
const call = { id: 'c1', type: 'function', function: { name: 'lookup', arguments: '{"id":1}' } };

describe('an answer', () => {
  it('is read from a chat completion, its first choice', () => {
    expect(plain({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }, {}] })).toEqual(
      said('Hello', { finishReason: 'stop' }),
    );
    expect(plain({ choices: [{ message: { content: null, tool_calls: [call] } }] })).toEqual(
      said(null, { calls: [READ_CALL] }),
    );
  });

  it.each<[string, unknown, string | null]>([
    ['a list of parts', [{ type: 'text', text: 'a' }, { text: 'b' }], 'ab'],
    ['one part', { type: 'text', text: 'ab' }, 'ab'],
    ['plain texts', ['a', 'b'], 'ab'],
    [
      'a part without a text beside one with',
      [
        { type: 'text', text: null },
        { type: 'text', text: 'ab' },
      ],
      'ab',
    ],
    ['a part that is none beside one that is', [7, null, { type: 'text', text: 'ab' }], 'ab'],
    [
      'what the model thought before',
      [
        { type: 'thinking', thinking: 'hm', text: 'hm' },
        { type: 'text', text: 'ab' },
      ],
      'ab',
    ],
    ['nothing', null, null],
  ])('has its text in a content of %s', (_, content, text) => {
    expect(plain({ choices: [{ message: { content }, finish_reason: 1 }] })).toEqual(said(text));
  });

  it('tells a refusal apart from a text', () => {
    expect(plain({ choices: [{ message: { content: null, refusal: 'No.' } }] })).toEqual(
      said(null, { refusal: 'No.' }),
    );
    const part = { content: [{ type: 'refusal', refusal: 'No.' }] };
    expect(plain({ choices: [{ message: part }] })).toEqual(said(null, { refusal: 'No.' }));
    expect(streamed(sse(delta({ refusal: 'N' }), delta({ refusal: 'o.' }, 'stop')))).toEqual(
      said(null, { refusal: 'No.', finishReason: 'stop' }),
    );
    const item = { type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] };
    expect(plain({ object: 'response', status: 'completed', output: [item] }, RESPONSES)).toEqual(
      said(null, { refusal: 'No.', finishReason: 'completed' }),
    );
  });

  it('is read from a completion, plain and streamed', () => {
    expect(plain({ choices: [{ text: 'once' }] }, '/v1/completions')).toEqual(said('once'));
    const chunks = sse({ choices: [{ text: 'on' }] }, { choices: [{ text: 'ce', finish_reason: 'length' }] });
    expect(streamed(chunks, '/v1/completions')).toEqual(said('once', { finishReason: 'length' }));
  });

  it('is read from a response, plain and streamed', () => {
    const output = [
      { type: 'reasoning' },
      { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] },
      { type: 'function_call', call_id: 'f', name: 'lookup', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'g', name: 'shell', input: 'ls' },
    ];
    const calls: AnswerCall[] = [
      { kind: 'function', id: '', name: 'lookup', arguments: '{}', problem: '' },
      { kind: 'custom', id: '', name: 'shell', arguments: 'ls', problem: '' },
    ];
    const read = said('Hi', { calls, finishReason: 'completed' });
    const created = { type: 'response.created', response: { error: null } };
    expect(plain({ output, status: 'completed' }, RESPONSES)).toEqual(read);
    const last = { type: 'response.completed', response: { output, status: 'completed' } };
    expect(streamed(sse(created, last), RESPONSES)).toEqual(read);
    const items = output.map((item) => ({ type: 'response.output_item.done', item }));
    const bare = { type: 'response.completed', response: { output: [], status: 'completed' } };
    expect(streamed(sse(created, ...items, bare), RESPONSES)).toEqual(read);
    const named = `event: response.completed\ndata: ${JSON.stringify({ response: { output, status: 'completed' } })}\n\n`;
    expect(streamed(named, RESPONSES)).toEqual(read);
  });

  it('that was cut short by its limit is one', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] };
    const response = { status: 'incomplete', error: null, output: [message] };
    expect(plain(response, RESPONSES)).toEqual(said('Hi', { finishReason: 'incomplete' }));
    expect(streamed(sse({ type: 'response.incomplete', response }), RESPONSES)).toEqual(
      said('Hi', { finishReason: 'incomplete' }),
    );
  });

  it('of embeddings has no words', () => {
    expect(plain({ data: [{ embedding: [1] }] }, '/v1/embeddings')).toEqual(said(null));
    expect(plain({ data: [{ embedding: 'AACAPw==' }] }, '/v1/embeddings')).toEqual(said(null));
    expect(plain({ data: [] }, '/v1/embeddings').kind).toBe('none');
  });

  it.each([`${CHAT}?api-version=2024-10-21`, `${CHAT}?`])('is read by its path without the query: %s', (path) => {
    expect(plain({ choices: [{ message: { content: 'Hi' } }] }, path)).toEqual(said('Hi'));
    expect(plain({ choices: [] }, path).kind).toBe('none');
  });
});

describe('a stream', () => {
  it('is put together from its pieces', () => {
    expect(streamed(sse(delta({ content: 'Hel' }), delta({ content: 'lo' }), delta({}, 'stop')) + DONE)).toEqual(
      said('Hello', { finishReason: 'stop' }),
    );
    const first = { index: 0, id: 'c1', function: { name: 'lookup', arguments: '' } };
    const second = { index: 0, function: { arguments: '{"id":1}' } };
    const text = sse(delta({ tool_calls: [first] }), delta({ tool_calls: [second] })) + DONE;
    expect(answerIn(streamed(text)).calls).toEqual([READ_CALL]);
  });

  it('gives the same answer however the text is split into pieces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(200), { maxLength: 20 }), (text, cuts) => {
        const points = [0, ...cuts.map((c) => Math.min(c, text.length)).toSorted((a, b) => a - b), text.length];
        const pieces = points.slice(1).map((end, i) => text.slice(points[i], end));
        const stream = streamed(sse(...pieces.map((content) => delta({ content }))) + DONE);
        expect(stream).toEqual(plain({ choices: [{ message: { content: text } }] }));
      }),
    );
  });

  it('follows its first choice only, also where no index is told', () => {
    expect(answerIn(streamed(sse(delta({ content: 'yes' }), delta({ content: 'no' }, null, 1)) + DONE)).text).toBe(
      'yes',
    );
    expect(answerIn(streamed(sse(delta({ content: 'yes' }, null, null)) + DONE)).text).toBe('yes');
  });

  it.each(['data:\n\n', 'data: ping\n\n', 'data: [PING]\n\n', 'data: null\n\n', 'data: 123\n\n', ': keep-alive\n\n'])(
    'with heartbeats such as %j stays readable',
    (beat) => {
      const text = `${beat}${sse(delta({ content: 'a' }))}${beat}${sse(delta({ content: 'b' }, 'stop'))}${beat}${DONE}`;
      expect(streamed(text)).toEqual(said('ab', { finishReason: 'stop' }));
    },
  );

  it.each(['', 'text/plain', 'application/json', 'TEXT/EVENT-STREAM'])('is one under the type %j, too', (type) => {
    const text = sse(delta({ content: 'a' }, 'stop')) + DONE;
    expect(readAnswer(body(text, type), at(CHAT))).toEqual(said('a', { finishReason: 'stop' }));
  });

  it('may be of lines', () => {
    const lines = [delta({ content: 'a' }), delta({ content: 'b' }, 'stop')].map((one) => JSON.stringify(one));
    for (const type of ['application/x-ndjson', ''])
      expect(readAnswer(body(lines.join('\n'), type), at(CHAT))).toEqual(said('ab', { finishReason: 'stop' }));
  });

  it('reads every line ending, comments, other fields, data over several lines and an end without an empty line', () => {
    const json = JSON.stringify(delta({ content: 'x' }, 'stop')).replace('{"choices"', '{\ndata: "choices"');
    const text = `\uFEFF: hi\nevent: message\nid: 1\ndata: ${json}\n\ndata: [DONE]`;
    for (const ending of ['\n', '\r\n', '\r']) expect(answerIn(streamed(text.replaceAll('\n', ending))).text).toBe('x');
  });

  it.each<[Reading['kind'], string, string]>([
    ['answer', 'a reason to finish, and no mark', sse(delta({ content: 'a' }, 'stop'))],
    ['answer', 'the mark, and no reason', sse(delta({ content: 'a' })) + DONE],
    ['broken', 'neither', sse(delta({ content: 'a' }))],
    ['broken', 'an empty reason', sse(delta({ content: 'a' }, ''))],
    ['broken', 'a reason that is no text', sse(delta({ content: 'a' }, 1))],
    ['broken', 'the end of one of two choices', sse(delta({ content: 'a' }, 'stop'), delta({ content: 'b' }, null, 1))],
    ['answer', 'the end of both', sse(delta({ content: 'a' }, 'stop'), delta({ content: 'b' }, 'stop', 1))],
    ['broken', 'half a chunk', `${sse(delta({ content: 'a' }))}data: {"choices"\n\n${DONE}`],
    ['none', 'the mark alone', DONE],
    ['none', 'heartbeats alone', `data: ping\n\n: hi\n\n`],
    ['none', 'nothing', ''],
    ['none', 'chunks of another form', sse({ choices: 'x' }) + DONE],
    ['none', 'empty chunks', sse({}, { choices: [] }) + DONE],
  ])('is %s where it has %s', (kind, _, text) => expect(kindOf(text, SSE)).toBe(kind));

  it('of responses is broken without its last event, and none of another form', () => {
    expect(kindOf(sse({ type: 'response.created', response: {} }), SSE, RESPONSES)).toBe('broken');
    expect(kindOf(sse(delta({ content: 'a' }, 'stop')), SSE, RESPONSES)).toBe('none');
  });
});

describe('what is no answer on a path that promises one', () => {
  it.each<[Reading['kind'], string, string]>([
    ['none', '', 'application/json'],
    ['none', ' \n', 'text/plain'],
    ['none', 'null', 'application/json'],
    ['none', '123', 'application/json'],
    ['none', '[]', 'application/json'],
    ['none', '{}', 'application/json'],
    ['none', '{"choices":[]}', 'application/json'],
    ['none', '{"choices":[{"delta":{}}]}', 'application/json'],
    ['none', '{"choices":[{"message":null}]}', 'application/json'],
    ['none', '{"choices":[{"message":{"content":5}}]}', 'application/json'],
    ['none', '{"choices":null,"error":null}', 'application/json'],
    ['none', '<!doctype html><html></html>', 'text/html'],
    ['none', 'Service is starting', 'text/plain'],
    ['broken', '{"choices":[{"message":{"content":"Hel', 'application/json'],
    ['broken', '[{"choices"', ''],
  ])('is %s: %j', (kind, text, type) => {
    expect(kindOf(text, type)).toBe(kind);
    expect(readAnswer(body(text, type), at('/v1/embeddings')).kind).toBe(kind);
    expect(readAnswer(body(text, type), at('/agents/helpdesk/answer')).kind).toBe('unknown');
  });

  it.each(['truncated', 'hashed', 'dropped'] as const)('is absent where the body is %s', (state) => {
    const whole = body('{"choices":[{"message":{"content":"a"}}]}');
    expect(readAnswer({ ...whole, state }, at(CHAT))).toEqual({
      kind: 'absent',
      reason: `the captured body is ${state}`,
    });
    expect(readAnswer({ ...whole, state: 'redacted' }, at(CHAT))).toEqual(said('a'));
  });
});

describe('an error that is told in place of an answer', () => {
  const response = { output: [], error: { code: 'server_error', message: 'overloaded' } };
  it.each<[string, unknown, string]>([
    ['OpenAI', { error: { message: 'overloaded' } }, CHAT],
    ['a text', { error: 'overloaded' }, CHAT],
    ['vLLM', { object: 'error', message: 'overloaded', code: 400 }, CHAT],
    ['a gateway beside empty choices', { id: 'x', choices: [], error: { message: 'overloaded' } }, CHAT],
    ['a choice that ended so', { choices: [{ message: { content: '' }, finish_reason: 'error' }] }, CHAT],
    ['a choice', { choices: [{ message: { content: 'x' }, error: { code: 502 } }] }, CHAT],
    ['Anthropic', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, '/v1/messages'],
    ['a response', { object: 'response', status: 'failed', ...response }, RESPONSES],
    ['a response without its reason', { object: 'response', status: 'failed', output: [], error: null }, RESPONSES],
  ])('is one as %s says it', (_, value, path) => {
    expect(plain(value, path).kind).toBe('error');
  });

  it.each<[string, string, string]>([
    ['its name', 'event: error\ndata: overloaded\n\n', CHAT],
    ['its name and a document', 'event: error\ndata: {"message":"overloaded"}\n\n', CHAT],
    ['a failed response', sse({ type: 'response.failed', response }), RESPONSES],
    ['an error event', sse({ type: 'error', code: 'server_error', message: 'overloaded' }), RESPONSES],
    ['one after an answer', sse(delta({ content: 'a' }, 'stop'), { error: { message: 'died' } }) + DONE, CHAT],
    ['one before the rest', sse({ error: { message: 'died' } }, delta({ content: 'a' }, 'stop')) + DONE, CHAT],
    ['a last choice', sse(delta({ content: 'a' }), delta({}, 'error')) + DONE, CHAT],
    ['a document under its type', '{"error":{"message":"overloaded"}}', CHAT],
  ])('is one of a stream by %s', (_, text, path) => expect(streamed(text, path).kind).toBe('error'));

  it('has its words in the reason', () => {
    expect(plain({ error: { message: 'no such model' } })).toMatchObject({
      reason: expect.stringContaining('no such model'),
    });
    expect(streamed('event: error\ndata: overloaded\n\n')).toMatchObject({
      reason: expect.stringContaining('overloaded'),
    });
  });

  it.each<[string, unknown]>([
    ['null', { error: null }],
    ['false', { error: false }],
    ['empty', { error: {} }],
    ['quoted by the text', {}],
  ])('is none where it is %s', (_, rest) => {
    const content = '{"error":{"message":"x"}}';
    expect(plain({ choices: [{ message: { content } }], ...(rest as object) })).toEqual(said(content));
    expect(answerIn(streamed(sse({ ...delta({ content }, 'stop'), ...(rest as object) }))).text).toBe(content);
  });
});

describe('an answer in an agent’s own protocol', () => {
  const OWN = '/agents/helpdesk/answer';
  it.each<[string, string, string]>([
    ['a member', '/reply', '{"reply":"Hi"}'],
    ['a member within a list', '/out/0/text', '{"out":[{"text":"Hi"}]}'],
    ['a name with a slash and a tilde', '/a~1b~0', '{"a/b~":"Hi"}'],
    ['a list of parts', '/content', '{"content":[{"type":"text","text":"Hi"}]}'],
  ])('has its text at the pointer: %s', (_, pointer, text) => {
    expect(readAnswer(body(text), at(OWN, pointer))).toEqual(said('Hi'));
    expect(readAnswer(body(`${text}\n`), at(`${OWN}?lang=en`, pointer))).toEqual(said('Hi'));
  });

  it('has it in all events of a stream', () => {
    const stream = sse({ reply: 'H' }, { status: 'busy' }, { reply: 'i' });
    expect(readAnswer(body(stream, SSE), at(OWN, '/reply'))).toEqual(said('Hi'));
  });

  it('is read by its form where nothing stands at the pointer, or there is none', () => {
    const chat = '{"choices":[{"message":{"content":"Hi"}}]}';
    for (const pointer of ['', '/reply']) expect(readAnswer(body(chat), at(OWN, pointer))).toEqual(said('Hi'));
    const message = { type: 'message', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' };
    expect(plain(message, '/agents/helpdesk@v2/v1/messages')).toEqual(said('Hi', { finishReason: 'end_turn' }));
    const item = { type: 'message', content: 'Hi' };
    expect(plain({ object: 'response', status: 'completed', output: [item] }, OWN)).toEqual(
      said('Hi', { finishReason: 'completed' }),
    );
  });

  it.each<[Reading['kind'], string, string]>([
    ['error', '{"error":{"message":"down"}}', 'application/json'],
    ['error', 'event: error\ndata: down\n\n', SSE],
    ['unknown', '{"status":"failed","output":["x"]}', 'application/json'],
    ['unknown', '{"status":"shipped"}', 'application/json'],
    ['unknown', sse({ choices: [{ delta: { content: 'a' } }] }), SSE],
    ['unknown', sse({ word: 'a' }), SSE],
    ['unknown', 'id=1&x=2', 'application/x-www-form-urlencoded'],
  ])('is %s: %j', (kind, text, type) => expect(kindOf(text, type, OWN)).toBe(kind));

  it('that has a text at the pointer is no error by what stands beside it', () => {
    expect(readAnswer(body('{"reply":"Hi","error":"slow"}'), at(OWN, '/reply'))).toEqual(said('Hi'));
  });

  it('says how it could be read', () => {
    expect(plain({ reply: 'x' }, OWN)).toMatchObject({ reason: expect.stringContaining('spec.http.answerPath') });
  });
});

describe('hostile bodies', () => {
  const PATHS = [CHAT, '/v1/completions', RESPONSES, '/v1/embeddings', '/v1/messages', '/agents/a/x', ''];
  const TYPES = ['application/json', SSE, 'application/x-ndjson', '', 'text/html'];

  it('never make it throw, whatever the text', () => {
    const member = fc.constantFrom('choices', 'output', 'content', 'type', 'error', 'delta', 'message', 'tool_calls');
    const near = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.json().map((json) => JSON.parse(json) as unknown),
        fc.constantFrom('message', 'function_call', 'response.completed', 'message_stop', 'text_delta', 'custom'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(member, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      near.map((value) => JSON.stringify(value)),
      fc.array(near, { maxLength: 3 }).map((values) => sse(...values) + DONE),
      near.map((value) => JSON.stringify({ choices: [{ message: value, delta: value }], output: value, data: value })),
      near.map((value) => sse({ type: 'content_block_delta', delta: value }, { choices: [{ delta: value }] }) + DONE),
    );
    const pointers = fc.constantFrom('', '/a', '/choices/0', '/__proto__', '/output/-1');
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom(...TYPES),
        fc.constantFrom(...PATHS),
        pointers,
        (text, type, path, pointer) => {
          const reading = readAnswer(body(text, type), at(path, pointer));
          if (reading.kind === 'answer') expect(reading.answer.text).not.toBe('');
          else expect(reading.reason).not.toBe('');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['nested 200,000 levels deep', `{"choices":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    [
      'arguments as deep',
      `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}}]}`,
    ],
    ['1 MiB of one string', JSON.stringify({ choices: [{ message: { content: 'a'.repeat(1_048_576) } }] })],
    ['512 KiB of calls', `{"choices":[{"message":{"tool_calls":[${'1,'.repeat(262_144)}1]}}]}`],
    ['1 MiB of empty chunks', 'data: {}\n\n'.repeat(104_857)],
    [
      '1 MiB of calls in chunks',
      sse(delta({ tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{' } }] })).repeat(8_000),
    ],
    ['1 MiB of line ends', '\r\n'.repeat(524_288)],
    ['1 MiB of data lines in one event', 'data:\n'.repeat(174_762)],
    ['1 MiB of lines with one other line end', `${'data: {}\n\n'.repeat(104_857)}\r`],
  ])('are read, or not, in time: %s', (_, text) => {
    for (const type of ['application/json', SSE]) expect(readAnswer(body(text, type), at(CHAT))).toHaveProperty('kind');
  });
});
