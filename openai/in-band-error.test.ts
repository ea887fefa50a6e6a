import { expect, it } from 'vitest';
import { outcomeOfBody } from './in-band-error.ts';

const chunk = 'data: {"choices":[{"delta":{"content":"\\"error\\": data: {\\"error\\":{}}"}}]}\n\n';
const failed = 'data: {"error":{"message":"overloaded"}}\n\n';
const done = 'data: [DONE]\n\n';

it.each([
  ['ok', `${chunk}${done}`],
  ['ok', `${failed}${chunk.repeat(10)}${done}`],
  ['ok', 'data: {"choices":[],"error":null}\n\n'],
  ['ok', ''],
  ['truncated', `${chunk}${failed}`],
  ['truncated', `${chunk}${failed}${done}`],
  ['truncated', `${chunk}event: error\r\ndata:{"error":"overloaded"}\r\n\r\n: exchange id\r\n\r\n${done}`],
])('a stream is %s: %j', (outcome, text) => {
  expect(outcomeOfBody('ok', { contentType: 'text/event-stream; charset=utf-8', text })).toBe(outcome);
});

it.each([
  ['ok', '{"choices":[{"message":{"content":"{\\"error\\":{}}"}}]}'],
  ['ok', '{"error":null,"choices":[]}'],
  ['upstream_error', ' {"error":{"message":"no such model"}}'],
  ['upstream_error', '{"error":"overloaded"}'],
])('a plain answer is %s: %j', (outcome, text) => {
  expect(outcomeOfBody('ok', { contentType: 'application/json', text })).toBe(outcome);
});

it('what failed by its status or its time stays what it was', () => {
  expect(outcomeOfBody('client_abort', { contentType: 'application/json', text: '{"error":{}}' })).toBe('client_abort');
});

it('a megabyte of markers takes no time', () => {
  const text = 'data:'.repeat(200_000);
  expect(outcomeOfBody('ok', { contentType: 'text/event-stream', text })).toBe('ok');
});
