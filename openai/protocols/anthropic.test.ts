import { describe, expect, it } from 'vitest';
import { body } from '../../schemas/exchange.fixture.ts';
import { readAnswer } from '../answer.ts';

const MESSAGES = { path: '/v1/messages', answerPath: '' };
const events = (...all: { type: string }[]): string =>
  all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const START = { type: 'message_start', message: { type: 'message', role: 'assistant', content: [] } };
const PING = { type: 'ping' };
const STOP = { type: 'message_stop' };
const block = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const piece = (index: number, delta: object) => ({ type: 'content_block_delta', index, delta });
const text = (of: string) => ({ type: 'text_delta', text: of });
const input = (of: string) => ({ type: 'input_json_delta', partial_json: of });
const ended = (stop_reason: string) => ({ type: 'message_delta', delta: { stop_reason } });
const streamed = (...all: { type: string }[]) => readAnswer(body(events(...all), 'text/event-stream'), MESSAGES);
const plain = (value: unknown) => readAnswer(body(JSON.stringify(value)), MESSAGES);

describe('a message of Anthropic’s', () => {
  const TOOL = { type: 'tool_use', id: 'toolu_1', name: 'lookup', input: { id: 1 } };
  const CALL = { kind: 'function', id: '', name: 'lookup', arguments: '{"id":1}', problem: '' };

  it('is read, its text and its calls', () => {
    const content = [{ type: 'thinking', thinking: 'hm' }, { type: 'text', text: 'Let me look.' }, TOOL];
    const answer = { text: 'Let me look.', refusal: '', calls: [CALL], finishReason: 'tool_use' };
    expect(plain({ type: 'message', role: 'assistant', content, stop_reason: 'tool_use' })).toEqual({
      kind: 'answer',
      answer,
    });
    const stream = streamed(
      START,
      block(0, { type: 'thinking', thinking: '' }),
      piece(0, { type: 'thinking_delta', thinking: 'hm' }),
      PING,
      block(1, { type: 'text', text: '' }),
      piece(1, text('Let me ')),
      piece(1, text('look.')),
      block(2, { ...TOOL, input: {} }),
      piece(2, input('')),
      piece(2, input('{"id"')),
      piece(2, input(':1}')),
      ended('tool_use'),
      STOP,
    );
    expect(stream).toEqual({ kind: 'answer', answer });
  });

  it('has calls without arguments, and calls that the provider runs are none of the client’s', () => {
    const own = { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } };
    const read = plain({ type: 'message', content: [own, { ...TOOL, input: {} }] });
    expect(read).toMatchObject({ answer: { text: null, calls: [{ name: 'lookup', arguments: '{}' }] } });
    expect(streamed(START, block(0, { ...TOOL, input: {} }), ended('tool_use'))).toMatchObject({
      answer: { calls: [{ name: 'lookup', arguments: '{}', problem: '' }] },
    });
  });

  it('with an input that is no object has a malformed call, and a readable text', () => {
    const read = plain({
      type: 'message',
      content: [
        { type: 'text', text: 'a' },
        { ...TOOL, input: [1] },
      ],
    });
    expect(read).toMatchObject({ answer: { text: 'a', calls: [{ problem: 'its input is no object' }] } });
  });

  it('says that the model declined by how it stopped', () => {
    const content = [{ type: 'text', text: 'I will not.' }];
    expect(plain({ type: 'message', content, stop_reason: 'refusal' })).toMatchObject({
      answer: { text: 'I will not.', refusal: 'I will not.' },
    });
    expect(plain({ type: 'message', content: [], stop_reason: 'refusal' })).toMatchObject({
      answer: { refusal: 'refusal' },
    });
  });

  it('is broken without its end, and an error where one is told', () => {
    const begun = [START, block(0, { type: 'text', text: 'a' })];
    expect(streamed(...begun).kind).toBe('broken');
    expect(streamed(...begun, ended('end_turn')).kind).toBe('answer');
    expect(streamed(...begun, STOP).kind).toBe('answer');
    expect(streamed(...begun, { type: 'error' }).kind).toBe('error');
    expect(streamed(PING).kind).toBe('none');
  });
});
