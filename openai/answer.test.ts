import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswer } from './answer.ts';
import { body } from '../schemas/exchange.fixture.ts';

const plain = (value: unknown) => readAnswer(body(JSON.stringify(value)));
const streamed = (...events: unknown[]) =>
  readAnswer(
    body(
      events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''),
      'text/event-stream; charset=utf-8',
    ),
  );
const delta = (delta: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const call = { id: 'c1', type: 'function', function: { name: 'lookup', arguments: '{"id":1}' } };
const READ_CALL = { id: 'c1', name: 'lookup', arguments: '{"id":1}' };

describe('an answer', () => {
  it('is read from a chat completion', () => {
    expect(plain({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }, {}] })).toEqual({
      text: 'Hello',
      calls: [],
      finishReason: 'stop',
    });
    expect(plain({ choices: [{ message: { content: null, tool_calls: [call] } }] })).toEqual({
      text: null,
      calls: [READ_CALL],
      finishReason: null,
    });
    expect(plain({ choices: [{ message: { content: [{ type: 'text', text: 'a' }, { text: 'b' }] } }] })?.text).toBe(
      'ab',
    );
    expect(plain({ choices: [{ message: { refusal: 'No.' } }] })?.text).toBe('No.');
  });

  it('is read from a completion and from a response', () => {
    expect(plain({ choices: [{ text: 'once' }] })?.text).toBe('once');
    const output = [
      { type: 'reasoning' },
      { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] },
      { type: 'function_call', call_id: 'f', name: 'lookup', arguments: '{}' },
    ];
    const read = { text: 'Hi', calls: [{ id: '', name: 'lookup', arguments: '{}' }], finishReason: 'completed' };
    expect(plain({ output, status: 'completed' })).toEqual(read);
    expect(
      streamed(
        { type: 'response.created', response: {} },
        { type: 'response.completed', response: { output, status: 'completed' } },
      ),
    ).toEqual(read);
  });

  it('is put together from the pieces of a stream', () => {
    expect(streamed(delta({ content: 'Hel' }), delta({ content: 'lo' }), delta({}, 'stop'), '[DONE]')).toEqual({
      text: 'Hello',
      calls: [],
      finishReason: 'stop',
    });
    const first = { index: 0, id: 'c1', function: { name: 'lookup', arguments: '' } };
    const second = { index: 0, function: { arguments: '{"id":1}' } };
    expect(streamed(delta({ tool_calls: [first] }), delta({ tool_calls: [second] }), '[DONE]')?.calls).toEqual([
      READ_CALL,
    ]);
  });

  it('with a call of a custom tool has one that nobody can answer', () => {
    const custom = { id: 'c1', type: 'custom', custom: { name: 'shell', input: 'ls' } };
    expect(plain({ choices: [{ message: { tool_calls: [custom] } }] })?.calls).toEqual([
      { id: '', name: 'shell', arguments: 'ls' },
    ]);
  });

  it('that is cut, without its end or of another form is none', () => {
    expect(readAnswer({ ...body('{"choices":[{"message":{"content":"a"}}]}'), state: 'truncated' })).toBeNull();
    expect(streamed(delta({ content: 'Hel' }))).toBeNull();
    expect(plain({ data: [{ embedding: [1] }] })).toBeNull();
    expect(readAnswer(body('<html>'))).toBeNull();
    expect(plain({ choices: [] })).toBeNull();
  });

  it('never throws, whatever is in the body', () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (json, isStream) => {
        const text = `{"choices":[${json}],"output":${json}}`;
        readAnswer(isStream ? body(`data: ${text}\n\ndata: [DONE]`, 'text/event-stream') : body(text));
      }),
    );
  });
});
