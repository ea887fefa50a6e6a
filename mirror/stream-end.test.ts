import { describe, expect, it } from 'vitest';
import { StreamEnd } from './stream-end.ts';

const SSE = 'text/event-stream';
const seen = (path: string, chunks: readonly string[], contentType = SSE): boolean[] => {
  const end = new StreamEnd(path);
  return chunks.map((chunk) => end.see(Buffer.from(chunk), contentType));
};
const HELLO = 'data: {"choices":[{"index":0,"delta":{"content":"data: [DONE]"},"finish_reason":null}]}\n\n';
const STOP = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';

describe('the end of a replayed stream', () => {
  it.each([
    ['/v1/chat/completions', [HELLO, STOP, 'data: [DONE]\n', '\n'], [false, false, false, true]],
    ['/v1/chat/completions?api-version=1', [HELLO, 'data: {"error":{"message":"no"}}\n\n'], [false, true]],
    [
      '/v1/responses',
      ['data: {"type":"response.created"}\n\n', 'data: {"type":"response.comp', 'leted"}\r\r'],
      [false, false, true],
    ],
    ['/v1/responses', ['event: response.failed\ndata: {}\n\n'], [true]],
    ['/agents/robot/v1/chat/completions', [HELLO, 'data: [DONE]\n\n'], [false, false]],
    ['/v1/embeddings', ['data: [DONE]\n\n'], [false]],
  ] as [string, string[], boolean[]][])('of %s with %j', (path, chunks, expected) => {
    expect(seen(path, chunks)).toEqual(expected);
  });

  it('is found in a stream without a type, and not in a document that quotes one', () => {
    expect(seen('/v1/chat/completions', [HELLO, 'data: [DONE]\n\n'], '')).toEqual([false, true]);
    expect(seen('/v1/chat/completions', ['{"choices":"', '\n\ndata: [DONE]\n\n"}'], 'application/json')).toEqual([
      false,
      false,
    ]);
  });

  it('is not there before all of a last event is that is too long to be held', () => {
    const first = `data: {"type":"response.completed","response":"${'x'.repeat(1_200_000)}`;
    expect(seen('/v1/responses', [first, 'x"}\n\n'])).toEqual([false, true]);
  });
});
