import { expect, it } from 'vitest';
import { body } from '../../schemas/exchange.fixture.ts';
import { readAnswer } from '../answer.ts';

const hasMore = (path: string, text: string, contentType = 'application/json'): boolean => {
  const reading = readAnswer(body(text, contentType), { path, answerPath: '' });
  if (reading.kind !== 'answer') throw new Error(`${reading.kind}: ${reading.reason}`);
  return reading.answer.hasMore ?? false;
};
const CHAT = '/v1/chat/completions';
const picture = { type: 'image_url', image_url: { url: 'data:,' } };
const image = { type: 'image', source: {} };
const drawn = { type: 'image_generation_call', result: 'x' };
const thought = [{ type: 'thinking', thinking: 'hm' }, { type: 'server_tool_use' }, { type: 'text', text: 'Hi' }];

it.each<[string, string, object, boolean]>([
  ['sound of a chat', CHAT, { choices: [{ message: { content: null, audio: { id: 'a' } } }] }, true],
  ['pictures of a chat', CHAT, { choices: [{ message: { content: '', images: [picture] } }] }, true],
  ['a picture among parts', CHAT, { choices: [{ message: { content: [picture] } }] }, true],
  ['a picture of a response', '/v1/responses', { object: 'response', status: 'completed', output: [drawn] }, true],
  ['a picture of a message', '/v1/messages', { type: 'message', content: [image] }, true],
  ['no pictures at all', CHAT, { choices: [{ message: { content: 'Hi', audio: null, images: [] } }] }, false],
  ['thoughts and what the provider ran', '/v1/messages', { type: 'message', content: thought }, false],
])('an answer tells of more than text and calls: %s', (_, path, answer, expected) => {
  expect(hasMore(path, JSON.stringify(answer))).toBe(expected);
});

it('a stream tells of more than text and calls', () => {
  const stream = `data: ${JSON.stringify({ choices: [{ delta: { audio: { id: 'a' } }, finish_reason: 'stop' }] })}\n\n`;
  expect(hasMore(CHAT, stream, 'text/event-stream')).toBe(true);
});
