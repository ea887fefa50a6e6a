import { describe, expect, it } from 'vitest';
import { body } from '../schemas/exchange.fixture.ts';
import { hasHostedTools, nextRound, stripped } from './tools.ts';

const fn = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } });
const calling = (...calls: object[]) =>
  body(JSON.stringify({ choices: [{ message: { content: null, tool_calls: calls } }] }));
const asked = (...calls: object[]) => ({ role: 'assistant', content: null, tool_calls: calls });
const told = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content });
const USER = { role: 'user', content: 'Where is my order?' };
const chat = (...messages: object[]) => JSON.stringify({ model: 'support', seed: 1, messages: [USER, ...messages] });
const LIVE = chat(asked(fn('a1', 'lookup', '{"id": 7, "deep": true}')), told('a1', 'shipped'), {
  role: 'user',
  content: 'And?',
});

describe('a stripped request', () => {
  it('has no tools, nor what upstreams refuse without them, and all else', () => {
    const text = JSON.stringify({
      model: 'm',
      tools: [],
      tool_choice: 'auto',
      functions: [],
      function_call: 'none',
      parallel_tool_calls: true,
      max_tool_calls: 1,
      messages: [USER],
    });
    expect(JSON.parse(stripped(text)!)).toEqual({ model: 'm', messages: [USER] });
  });

  it('without tools is the same text, byte for byte', () => {
    expect(stripped('{ "seed": 1.0, "messages":[] }')).toBe('{ "seed": 1.0, "messages":[] }');
  });

  it('that is nested too deep to be written anew is none', () => {
    const depth = 100_000;
    expect(stripped(`{"tools":[],"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toBeNull();
  });
});

describe('tools that the upstream runs itself', () => {
  it('are told from those that the client would run', () => {
    expect(hasHostedTools({ tools: [{ type: 'function' }, { type: 'custom' }] })).toBe(false);
    expect(hasHostedTools({})).toBe(false);
    expect(hasHostedTools({ tools: [{ type: 'function' }, { type: 'mcp' }] })).toBe(true);
    expect(hasHostedTools({ tools: [{ type: 'web_search' }] })).toBe(true);
  });
});

describe('the next round', () => {
  it('gives a call the result that it has in the live conversation, whatever its id and the order of its arguments', () => {
    const text = nextRound(LIVE, calling(fn('b9', 'lookup', '{"deep":true,"id":7.0}')));
    const live = JSON.parse(LIVE) as { messages: object[] };
    expect(JSON.parse(text!)).toEqual({
      ...live,
      messages: [...live.messages, asked(fn('b9', 'lookup', '{"deep":true,"id":7.0}')), told('b9', 'shipped')],
    });
  });

  it.each([
    ['that was not made live', calling(fn('b', 'refund', '{"id":7}'))],
    ['with other arguments', calling(fn('b', 'lookup', '{"id":8,"deep":true}'))],
    ['beside one that was', calling(fn('b', 'lookup', '{"id":7,"deep":true}'), fn('c', 'refund', '{}'))],
    ['without an id', calling({ type: 'function', function: { name: 'lookup', arguments: '{"id":7,"deep":true}' } })],
    [
      'of a custom tool',
      calling({ id: 'b', type: 'custom', custom: { name: 'lookup', input: '{"id":7,"deep":true}' } }),
    ],
    ['with broken arguments', calling(fn('b', 'lookup', '{"id":7,'))],
    [
      'with arguments that are no text',
      calling({ id: 'b', type: 'function', function: { name: 'lookup', arguments: { id: 7, deep: true } } }),
    ],
  ])('is none for a call %s', (_, answer) => {
    expect(nextRound(LIVE, answer)).toBeNull();
  });

  it.each(['', ' ', '{}'])('knows a call without arguments by whatever stands there: %j', (args) => {
    const live = chat(asked(fn('a', 'list', '')), told('a', 'none'));
    expect(nextRound(live, calling(fn('b', 'list', args)))).not.toBeNull();
  });

  it('is none for an answer that calls nothing, or can’t be read', () => {
    expect(nextRound(LIVE, body('{"choices":[{"message":{"content":"Shipped."}}]}'))).toBeNull();
    expect(nextRound(LIVE, body('<html>'))).toBeNull();
    expect(nextRound(LIVE, { ...calling(fn('b', 'lookup', '{"id":7,"deep":true}')), state: 'truncated' })).toBeNull();
    expect(nextRound('{"messages":"none"}', calling(fn('b', 'lookup', '{}')))).toBeNull();
  });

  it('is none for a call whose result is not there', () => {
    expect(nextRound(chat(asked(fn('a', 'lookup', '{}'))), calling(fn('b', 'lookup', '{}')))).toBeNull();
  });

  it('knows ids that are used again in each turn, and takes the latest result of a call', () => {
    const twice = chat(
      asked(fn('call_0', 'lookup', '{"id":1}')),
      told('call_0', 'one'),
      asked(fn('call_0', 'lookup', '{"id":2}')),
      told('call_0', 'two'),
      asked(fn('call_0', 'lookup', '{"id":1}')),
      told('call_0', [{ type: 'text', text: 'one, later' }]),
    );
    const last = (answer: ReturnType<typeof body>) =>
      (JSON.parse(nextRound(twice, answer)!) as { messages: object[] }).messages.slice(-2);
    expect(last(calling(fn('b', 'lookup', '{"id":1}')))[1]).toEqual(told('b', [{ type: 'text', text: 'one, later' }]));
    expect(last(calling(fn('b', 'lookup', '{"id":2}')))[1]).toEqual(told('b', 'two'));
  });

  it('takes the calls of a stream, too', () => {
    const chunk = {
      choices: [{ delta: { tool_calls: [{ index: 0, ...fn('b', 'lookup', '{"id":7,"deep":true}') }] } }],
    };
    const stream = body(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`, 'text/event-stream');
    expect(nextRound(LIVE, stream)).toContain('"tool_call_id":"b"');
  });
});
