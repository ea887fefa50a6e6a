import { expect, it } from 'vitest';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { body, exchangeOf } from '../schemas/exchange.fixture.ts';
import type { Body, Exchange, Shadow } from '../schemas/exchange.ts';
import { createMirrorEvents } from './events.ts';
import { createReplaying, type ReplayingDeps } from './replaying.ts';
import { viewOf } from './view.fixture.ts';

/** Runs these exchanges of an agent that lets such paths be repeated; the candidate answers each call like this. */
const replay = async (paths: readonly string[], responseBody: Body, exchanges: readonly Exchange[]) => {
  const shadows: Shadow[] = [];
  const calls: Parameters<ReplayingDeps['send']>[] = [];
  const http = { requestPath: '', answerPath: '', replay: [...paths] };
  const replaying = createReplaying(
    {
      clock: systemClock,
      events: createMirrorEvents(silentLog, createMetrics('mirror')),
      views: new Map([['support', { ...viewOf({ noiseSharePct: 0 }), http }]]),
      send: async (...call) => {
        calls.push(call);
        return { status: 200, outcome: 'ok', latencyMs: 100, firstByteMs: 10, responseBody };
      },
      write: async (shadow) => void shadows.push(shadow),
    },
    { maxUsdPerHour: 1e9, maxPerUpstream: 64 },
  );
  for (const exchange of exchanges) await replaying.run(exchange);
  return { shadows, calls, counters: replaying.counters };
};

it('what an agent’s document names of its own protocol is repeated, and compared by the text that it points to', async () => {
  const own = { path: '/agents/support/answer', answerPath: '/reply', stream: true };
  const requestBody = body('{"question":"Hi"}');
  const { shadows, calls, counters } = await replay(['/answer'], body('{"reply":"Hullo","took":2}'), [
    exchangeOf({ ...own, exchangeId: 'refund', path: '/agents/support/refund' }),
    exchangeOf({ ...own, exchangeId: 'own', requestBody, responseBody: body('{"reply":"Hello","took":1}') }),
  ]);
  expect(shadows).toMatchObject([{ exchange: { exchangeId: 'own' }, differences: ['content'], similarity: 0.8 }]);
  const how = {
    version: 'v2',
    contentType: 'application/json',
    isStream: true,
    asked: { path: own.path, answerPath: '/reply' },
  };
  expect(calls).toEqual([['http://v2/v1', '/answer', requestBody.text, how]]);
  expect(counters).toMatchObject({ received: 2, not_replayable: 1, done: 1 });
});

const message = (text: string): Body =>
  body(JSON.stringify({ type: 'message', role: 'assistant', content: [{ type: 'text', text }] }));
const messageStream = (text: string): Body => {
  const events = [
    { type: 'message_start', message: { type: 'message', role: 'assistant', content: [], usage: {} } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
    { type: 'message_stop' },
  ];
  const lines = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return body(lines.join(''), 'text/event-stream');
};

it.each([
  ['plain', message],
  ['streamed', messageStream],
])('Anthropic’s messages below an agent are repeated, %s, and compared by what they say', async (_, says) => {
  const requestBody = body('{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}');
  const exchange = exchangeOf({ path: '/agents/support/v1/messages', requestBody, responseBody: says('Hello') });
  const { shadows, calls } = await replay(['/v1/messages'], says('Hullo'), [exchange]);
  expect(shadows).toMatchObject([{ differences: ['content'], similarity: 0.8 }]);
  expect(calls.map(([upstream, path]) => upstream + path)).toEqual(['http://v2/v1/v1/messages']);
});
