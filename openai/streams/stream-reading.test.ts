import { describe, expect, it } from 'vitest';
import { ANY, CHAT, RESPONSE } from './stream-protocols.ts';
import type { StreamProtocol } from './stream-protocols.ts';
import { StreamReading } from './stream-reading.ts';

const data = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const delta = (more: object, finish: unknown = null, index = 0) =>
  data({ choices: [{ index, delta: more, finish_reason: finish }] });
const read = (protocol: StreamProtocol, events: readonly string[], choices = 1): StreamReading => {
  const reading = new StreamReading(protocol, choices);
  for (const event of events) reading.see(Buffer.from(event));
  return reading;
};
const stateOf = (protocol: StreamProtocol, events: readonly string[], choices = 1) => {
  const { state, isOver } = read(protocol, events, choices);
  return [state, isOver];
};
const HELLO = delta({ content: 'hello' });
const LONG = 'x'.repeat(9_000);

describe('the end of a chat stream', () => {
  it.each<[string, string[], string, boolean]>([
    ['nothing', [], 'open', false],
    ['content', [HELLO], 'open', false],
    ['[DONE]', [HELLO, data('[DONE]')], 'whole', true],
    ['[DONE] without a space', [HELLO, 'data:[DONE]\n\n'], 'whole', true],
    ['[DONE] with CRLF', [HELLO, 'data: [DONE]\r\n\r\n'], 'whole', true],
    ['[DONE] behind two blanks, or before some', [HELLO, 'data:  [DONE] \n\n'], 'whole', true],
    ['[DONE] behind a comment', [HELLO, ': bye\ndata: [DONE]\n\n'], 'whole', true],
    ['a comment of 9 kB after the reason', [HELLO, delta({}, 'stop'), `: ${LONG}\n\n`], 'whole', false],
    ['an error, and then [DONE]', [HELLO, data({ error: { message: 'no' } }), data('[DONE]')], 'told', true],
    ['[DONE] with a name or an id', [HELLO, 'event: done\nid: 7\ndata: [DONE]\n\n'], 'whole', true],
    ['a reason to finish', [HELLO, delta({}, 'stop')], 'whole', false],
    ['a reason with blanks', [HELLO, 'data: {"choices":[{"finish_reason" : "stop"}]}\n\n'], 'whole', false],
    ['a reason over two lines', [HELLO, 'data: {"choices":[{"finish_reason":\ndata: "stop"}]}\n\n'], 'whole', false],
    ['an empty reason', [HELLO, delta({}, '')], 'open', false],
    ['an empty reason in every chunk', [delta({ content: 'a' }, ''), delta({}, 'stop')], 'whole', false],
    [
      'a long usage chunk after it',
      [HELLO, delta({}, 'stop'), data({ choices: [], usage: { x: LONG } })],
      'whole',
      false,
    ],
    ['an error', [HELLO, data({ error: { message: 'no' } })], 'told', true],
    ['an error of 9 kB', [HELLO, data({ error: { message: LONG } })], 'told', true],
    ['an error as text', [HELLO, data({ error: 'no' })], 'told', true],
    ['an error with its type first', [HELLO, data({ type: 'error', message: 'no' })], 'told', true],
    ['an error as an object’s kind', [HELLO, data({ object: 'error', message: 'no' })], 'told', true],
    ['an error by its name', [HELLO, 'event: error\ndata: no\n\n'], 'told', true],
    ['an error by its name, which comes last', [HELLO, 'data: {"message":"no"}\nevent: error\n\n'], 'told', true],
    ['an error beside empty choices', [HELLO, data({ choices: [], error: { message: 'no' } })], 'told', true],
    ['a choice that ends with an error', [HELLO, delta({}, 'error')], 'told', true],
    ['an error after the reason', [HELLO, delta({}, 'stop'), data({ error: { message: 'no' } })], 'told', true],
    ['no error', [HELLO, data({ choices: [], error: null })], 'open', false],
    ['a text about errors', [HELLO, delta({ content: '{"error":{"message":"no"}} data: [DONE]' })], 'open', false],
    ['a text that is one word', [HELLO, delta({ content: 'error' })], 'open', false],
    ['a text that quotes a reason', [HELLO, delta({ content: '"finish_reason":"stop"' })], 'open', false],
    [
      'heartbeats',
      [HELLO, ': ping\n\n', 'data:\n\n', data('ping'), data('[PING]'), data('null'), data('123')],
      'open',
      false,
    ],
  ])('%s', (_name, events, state, isOver) => {
    expect(stateOf(CHAT, events)).toEqual([state, isOver]);
  });

  it('is that of every choice that was asked for, and of every one that came', () => {
    const first = [HELLO, delta({}, 'stop')];
    expect(stateOf(CHAT, first, 2)).toEqual(['open', false]);
    expect(stateOf(CHAT, [...first, delta({ content: 'b' }, null, 1)])).toEqual(['open', false]);
    expect(stateOf(CHAT, [...first, delta({}, 'length', 1)], 2)).toEqual(['whole', false]);
    const both = [0, 1].map((index) => ({ index, delta: {}, finish_reason: 'stop' }));
    expect(stateOf(CHAT, [HELLO, data({ choices: both })], 2)).toEqual(['whole', false]);
    // `[DONE]` is the upstream's word, whatever it made of `n`.
    expect(stateOf(CHAT, [...first, data('[DONE]')], 2)).toEqual(['whole', true]);
  });
});

describe('the end of a response', () => {
  const event = (type: string, more: object = {}, name = type) =>
    `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify({ type, ...more })}\n\n`;
  const text = event('response.output_text.delta', { delta: 'hello' });
  const answer = (status: string) => ({ response: { id: 'resp_1', status, output: [{ text: LONG }] } });
  it.each<[string, string[], string, boolean]>([
    ['content', [text], 'open', false],
    ['completed', [text, event('response.completed', answer('completed'))], 'whole', true],
    ['completed, with data lines only', [text, event('response.completed', answer('completed'), '')], 'whole', true],
    [
      'completed, with its type last',
      [text, data({ ...answer('completed'), type: 'response.completed' })],
      'whole',
      true,
    ],
    [
      'completed, with its name last',
      [text, `data: ${JSON.stringify({ type: 'response.completed' })}\nevent: response.completed\n\n`],
      'whole',
      true,
    ],
    ['completed, behind an id', [text, `id: 7\n${event('response.completed', answer('completed'))}`], 'whole', true],
    ['completed, without a blank', [text, event('response.completed').replaceAll(': ', ':')], 'whole', true],
    ['completed, with CRLF', [text, event('response.completed').replaceAll('\n', '\r\n')], 'whole', true],
    ['incomplete', [text, event('response.incomplete', answer('incomplete'))], 'whole', true],
    ['failed', [text, event('response.failed', answer('failed'))], 'told', true],
    ['failed, without a name', [text, event('response.failed', answer('failed'), '')], 'told', true],
    ['completed, it says, but failed', [text, event('response.completed', answer('failed'))], 'told', true],
    ['error', [text, event('error', { message: LONG })], 'told', true],
    ['an error of a gateway', [text, data({ error: { message: 'no' } })], 'told', true],
    ['[DONE] alone', [text, data('[DONE]')], 'open', false],
    [
      'a text about it',
      [text, event('response.output_text.delta', { delta: 'event: response.completed' })],
      'open',
      false,
    ],
    [
      'a text about it, without names',
      [text, data({ delta: 'response.completed', type: 'response.output_text.delta' })],
      'open',
      false,
    ],
  ])('%s', (_name, events, state, isOver) => {
    expect(stateOf(RESPONSE, events)).toEqual([state, isOver]);
  });

  it('is known of an event that is too long to be read, by its name', () => {
    const reading = read(RESPONSE, [
      text,
      'event: response.completed\ndata: {"type":"response.completed","response":{"out',
    ]);
    expect(reading.state).toBe('whole');
    expect(stateOf(RESPONSE, [text, 'data: {"type":"response.completed","response":{"out'])).toEqual(['whole', true]);
    expect(stateOf(RESPONSE, [text, 'data: {"type":"response.output_item.done","item":{'])).toEqual(['open', false]);
  });
});

describe('the end of a message on /agents', () => {
  const event = (type: string, more: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  it('is message_stop', () => {
    const text = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'hello' } });
    expect(read(ANY, [event('message_start'), text]).state).toBe('open');
    expect(read(ANY, [event('message_start'), text, event('message_stop')]).state).toBe('whole');
  });

  it.each([
    'id: 7\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
    ': bye\ndata: {"type":"message_stop"}\n\n',
    'data: {"stop":null,"type":"message_stop"}\n\n',
    'data: {"type":"message_stop"}\nevent: message_stop\n\n',
    'id: 7\ndata: [DONE]\n\n',
    'data:[DONE]\r\r',
    'id: 7\ndata: {"response":{"status":"completed"},"type":"response.completed"}\n\n',
  ])('is found wherever it stands in its event: %j', (last) => {
    expect(stateOf(ANY, [data({ step: 1 }), last])).toEqual(['whole', true]);
  });

  it('is not what a text quotes', () => {
    const quoted = data({ text: 'event: message_stop data: [DONE] {"type":"response.completed"}' });
    expect(stateOf(ANY, [data({ step: 1 }), quoted])).toEqual(['open', false]);
  });
});

describe('the first content', () => {
  const message = (type: string, more: object) => data({ type, ...more });
  it.each<[string, StreamProtocol, string, boolean]>([
    ['a comment', CHAT, ': ping\n\n', false],
    ['empty data', CHAT, 'data:\n\n', false],
    ['ping', CHAT, data('ping'), false],
    ['[PING]', CHAT, data('[PING]'), false],
    ['null', CHAT, data('null'), false],
    ['a number', CHAT, data('123'), false],
    ['a ping by its name', CHAT, 'event: ping\ndata: {"t":1}\n\n', false],
    ['a ping by its type', CHAT, data({ type: 'ping' }), false],
    ['a quoted ping', CHAT, data('"ping"'), false],
    ['an empty string', CHAT, data('""'), false],
    ['keep_alive', CHAT, data('keep_alive'), false],
    ['an empty document', CHAT, data('{}'), false],
    ['a ping by its event', ANY, data({ event: 'ping' }), false],
    ['a heartbeat by its object', ANY, data({ object: 'heartbeat' }), false],
    ['pinging', ANY, data({ event: 'pinging' }), true],
    ['a role', CHAT, delta({ role: 'assistant', content: '' }), false],
    ['nothing for a content', CHAT, delta({ role: 'assistant', content: null, refusal: null }), false],
    ['no choices', CHAT, data({ choices: [], prompt_filter_results: [{}] }), false],
    ['a reason alone', CHAT, delta({}, 'stop'), false],
    ['[DONE]', CHAT, data('[DONE]'), false],
    ['an error', CHAT, data({ error: { message: 'no' } }), false],
    ['a text', CHAT, HELLO, true],
    ['a blank', CHAT, delta({ content: ' ' }), true],
    ['a part', CHAT, delta({ content: [{ type: 'text', text: 'a' }] }), true],
    ['a refusal', CHAT, delta({ refusal: 'no' }), true],
    ['a thought', CHAT, delta({ reasoning_content: 'hm' }), true],
    ['a call', CHAT, delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }), true],
    ['a message', CHAT, data({ choices: [{ index: 0, message: { role: 'assistant', content: 'hello' } }] }), true],
    ['a completion', CHAT, data({ choices: [{ index: 0, text: 'hello', finish_reason: null }] }), true],
    ['an empty completion', CHAT, data({ choices: [{ index: 0, text: '', finish_reason: null }] }), false],
    ['a text that is no chunk', CHAT, data('hello'), true],
    ['a chunk of another protocol', CHAT, data({ response: 'hello' }), true],
    ['created', RESPONSE, message('response.created', { response: { status: 'in_progress' } }), false],
    ['an item begun', RESPONSE, message('response.output_item.added', { item: { type: 'message' } }), false],
    ['an empty delta', RESPONSE, message('response.output_text.delta', { delta: '' }), false],
    ['a delta', RESPONSE, message('response.output_text.delta', { delta: 'a' }), true],
    ['arguments', RESPONSE, message('response.function_call_arguments.delta', { delta: '{' }), true],
    ['a whole answer', RESPONSE, message('response.completed', { response: { output: [{}] } }), true],
    ['message_start', ANY, message('message_start', { message: { content: [] } }), false],
    ['an empty block', ANY, message('content_block_start', { content_block: { type: 'text', text: '' } }), false],
    ['a block that calls a tool', ANY, message('content_block_start', { content_block: { type: 'tool_use' } }), true],
    ['text of a block', ANY, message('content_block_delta', { delta: { type: 'text_delta', text: 'a' } }), true],
    ['message_stop', ANY, message('message_stop', {}), false],
    ['a role on /agents', ANY, delta({ role: 'assistant', content: '' }), false],
    ['anything else', ANY, data({ step: 'looking' }), true],
    ['plain text', ANY, data('hello'), true],
    ['a ping on /agents', ANY, 'event: ping\ndata: {"type":"ping"}\n\n', false],
  ])('%s', (_name, protocol, event, isContent) => {
    expect(read(protocol, [event]).hasContent).toBe(isContent);
  });
});

it('more than a heartbeat is told from one, until there is content', () => {
  const searching =
    'event: response.web_search_call.searching\ndata: {"type":"response.web_search_call.searching"}\n\n';
  expect(read(RESPONSE, [': ping\n\n', searching, 'data: ping\n\n', searching]).signs).toBe(2);
  expect(read(CHAT, [': ping\n\n', delta({ role: 'assistant' }), delta({ role: 'assistant' })]).signs).toBe(0);
});

it('a trimmed last event counts, half a one does not', () => {
  const reading = new StreamReading(CHAT, 1);
  expect(reading.seeTrimmed(Buffer.from('data: {"choices":[{"finish'))).toBe(false);
  expect(reading.state).toBe('open');
  expect(reading.seeTrimmed(Buffer.from('data: {"choices":[{"finish_reason":"stop"}]}\n'))).toBe(true);
  expect(reading.state).toBe('whole');
  expect(reading.seeTrimmed(Buffer.from('data: [DONE]'))).toBe(true);
  expect(reading.isOver).toBe(true);
});
