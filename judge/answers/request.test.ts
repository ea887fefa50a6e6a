import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequest } from './request.ts';
import { body } from '../../schemas/exchange.fixture.ts';

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

  it('knows whether the answer may end in mid-sentence: at words of the client, or going on with a text', () => {
    const mayEnd = (request: object, path = '/v1/chat/completions'): unknown => {
      const read = readRequest(body(JSON.stringify({ messages: [], ...request })), { path });
      return read.ok && read.value.mayEndAnywhere;
    };
    expect([{ stop: '\n' }, { stop: ['END'] }, { stop_sequences: ['END'] }].map((one) => mayEnd(one))).toEqual([
      true,
      true,
      true,
    ]);
    expect([{}, { stop: null }, { stop: [] }, { stop: '' }, { prompt: 'Once' }].some((one) => mayEnd(one))).toBe(false);
    expect(mayEnd({ prompt: 'Once' }, '/v1/completions')).toBe(true);
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

describe('readRequest of other forms', () => {
  const read = (request: object, path = '/v1/chat/completions', requestPath = '') =>
    readRequest(body(JSON.stringify(request)), { path, requestPath });

  it('finds the same in a request of responses', () => {
    const input = [
      { role: 'user', content: [{ type: 'input_text', text: 'Where is 7?' }] },
      { type: 'function_call', call_id: 'c', name: 'lookup', arguments: '{"id":7}' },
      { type: 'function_call_output', call_id: 'c', output: 'shipped' },
    ];
    const tools = [
      { type: 'function', name: 'lookup', parameters: { type: 'object' } },
      { type: 'custom', name: 'shell' },
      { type: 'web_search' },
    ];
    const text = { format: { type: 'json_schema', name: 'o', schema: { type: 'object' } } };
    expect(read({ instructions: 'Be kind.', input, tools, text }, '/v1/responses?x=1')).toEqual({
      ok: true,
      value: {
        lastUserText: 'Where is 7?',
        messages: [
          { role: 'system', text: 'Be kind.', toolCalls: [] },
          { role: 'user', text: 'Where is 7?', toolCalls: [] },
          { role: 'assistant', text: '', toolCalls: [{ name: 'lookup', arguments: '{"id":7}' }] },
          { role: 'tool', text: 'shipped', toolCalls: [] },
        ],
        offered: [{ name: 'lookup', parameters: { type: 'object' } }],
        offeredCustom: ['shell'],
        wantsJson: true,
        responseSchema: { type: 'object' },
        referenceAnswer: null,
        masks: new Set(),
        mayEndAnywhere: false,
      },
    });
    expect(read({ input: 'Hi' }, '/v1/responses')).toMatchObject({ value: { lastUserText: 'Hi', wantsJson: false } });
  });

  it('does not read a request that goes on from one that is not there', () => {
    for (const rest of [{ previous_response_id: 'resp_1' }, { conversation: 'conv_1' }])
      expect(read({ input: 'And?', ...rest }, '/v1/responses').ok).toBe(false);
    expect(read({ input: 'And?', previous_response_id: null }, '/v1/responses').ok).toBe(true);
  });

  it('takes a completion’s prompt for what the user said', () => {
    expect(read({ prompt: 'Once' }, '/v1/completions')).toMatchObject({ value: { lastUserText: 'Once' } });
    expect(read({ prompt: [1, 2] }, '/v1/completions').ok).toBe(false);
  });

  it('finds the same in a request of Anthropic’s', () => {
    const messages = [
      { role: 'user', content: 'Where is 7?' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', name: 'lookup', input: { id: 7 } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', content: [{ type: 'text', text: 'no such order' }], is_error: true }],
      },
    ];
    const tools = [
      { type: 'custom', name: 'lookup', input_schema: { type: 'object' } },
      { type: 'bash_20250124', name: 'bash' },
    ];
    const found = read({ system: [{ type: 'text', text: 'Be kind.' }], messages, tools }, '/agents/a/v1/messages');
    expect(found).toMatchObject({
      ok: true,
      value: {
        lastUserText: 'Where is 7?',
        messages: [
          { role: 'system', text: 'Be kind.' },
          { role: 'user', text: 'Where is 7?' },
          { role: 'assistant', text: 'Let me look.', toolCalls: [{ name: 'lookup', arguments: '{"id":7}' }] },
          { role: 'tool', text: 'no such order', isError: true },
        ],
        offered: [
          { name: 'lookup', parameters: { type: 'object' } },
          { name: 'bash', parameters: undefined },
        ],
        offeredCustom: [],
      },
    });
  });

  it('has what the user said at the pointer of an agent’s own protocol, else by its form', () => {
    const OWN = '/agents/helpdesk/answer?lang=en';
    expect(read({ question: 'Where is 7?' }, OWN, '/question')).toMatchObject({
      value: { lastUserText: 'Where is 7?', messages: [{ role: 'user', text: 'Where is 7?' }] },
    });
    expect(read({ messages: [{ role: 'user', content: 'Hi' }] }, OWN, '/question')).toMatchObject({
      value: { lastUserText: 'Hi' },
    });
    expect(read({ question: 'Where is 7?' }, OWN).ok).toBe(false);
    expect(read({ question: 'Hi', messages: [] }, '/v1/chat/completions', '/question')).toMatchObject({
      value: { lastUserText: '' },
    });
  });

  it('knows custom tools and functions of either age', () => {
    const tools = [
      { type: 'custom', custom: { name: 'shell' } },
      { type: 'function', function: { name: 'f' } },
    ];
    expect(read({ messages: [], tools })).toMatchObject({
      value: { offered: [{ name: 'f' }], offeredCustom: ['shell'] },
    });
    expect(read({ messages: [], functions: [{ name: 'g', parameters: {} }] })).toMatchObject({
      value: { offered: [{ name: 'g', parameters: {} }] },
    });
  });

  it('stays readable where a part of it is odd', () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: null }, 7, { type: 'text', text: 'Hi' }] }];
    expect(read({ messages, tools: [7, { type: 'function' }], metadata: 7, response_format: 'json' })).toMatchObject({
      value: { lastUserText: 'Hi', offered: [], wantsJson: false, referenceAnswer: null },
    });
  });
});

describe('hostile bodies', () => {
  it('never throws, whatever the text', () => {
    const paths = fc.constantFrom('/v1/chat/completions', '/v1/responses', '/v1/completions', '/agents/a/x', '');
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((j) => `data: ${j}\n\n`),
      fc
        .json()
        .map((j) => `{"messages":[${j},{"role":"user","content":${j}}],"input":${j},"prompt":${j},"tools":${j}}`),
    );
    fc.assert(
      fc.property(texts, paths, (text, path) => {
        expect(readRequest(body(text), { path, requestPath: '/input/0' })).toHaveProperty('ok');
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
  });
});
