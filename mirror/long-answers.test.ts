import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { body, exchangeOf } from '../schemas/exchange.fixture.ts';
import type { Shadow } from '../schemas/exchange.ts';
import { createMirrorEvents } from './events.ts';
import { createReplaying } from './replaying.ts';
import { createUpstream } from './upstream.io.ts';
import { viewOf } from './view.fixture.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const LIMIT_BYTES = 10_000;

/** The shadow of one exchange on this path, answered like this by a candidate at 1,000 and 2,000 US dollars per million tokens. */
const shadowOf = async (path: string, handle: RequestListener): Promise<Shadow> => {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const view = viewOf({ noiseSharePct: 0 });
  const versions = view.versions.map((version) => ({ ...version, upstream }));
  const http = { requestPath: '', answerPath: '', replay: ['/v1/messages'] };
  const shadows: Shadow[] = [];
  const replaying = createReplaying(
    {
      clock: systemClock,
      events: createMirrorEvents(silentLog, createMetrics('mirror')),
      views: new Map([['support', { ...view, versions, http }]]),
      send: createUpstream({ timeoutMs: 5_000, limitBytes: LIMIT_BYTES, nowMs: () => 0, credentials: [] }),
      write: async (shadow) => void shadows.push(shadow),
    },
    { maxUsdPerHour: 1e9, maxPerUpstream: 64 },
  );
  const requestBody = body('{"model":"m","messages":[{"role":"user","content":"Hi"}]}');
  await replaying.run(exchangeOf({ path, requestBody, responseBody: body('') }));
  expect(shadows).toHaveLength(1);
  return shadows[0]!;
};

const SSE = { 'content-type': 'text/event-stream' };
const chunks = (...values: object[]): string => values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');
const CHAT_DELTAS = Array.from({ length: 1_000 }, () => ({
  choices: [{ index: 0, delta: { content: 'and again '.repeat(20) } }],
}));
const MESSAGE = chunks(
  { type: 'message_start', message: { usage: { input_tokens: 100, cache_read_input_tokens: 900, output_tokens: 1 } } },
  ...Array.from({ length: 1_000 }, () => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: 'and again '.repeat(20) },
  })),
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 90 } },
  { type: 'message_stop' },
);
const USAGE = { prompt_tokens: 1_000, completion_tokens: 90 };

it.each<[string, string, RequestListener]>([
  [
    'a chat’s stream',
    '/v1/chat/completions',
    (_, res) =>
      void res
        .writeHead(200, SSE)
        .end(
          `${chunks(...CHAT_DELTAS, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }, { choices: [], usage: USAGE })}data: [DONE]\n\n`,
        ),
  ],
  ['a stream of messages', '/agents/support/v1/messages', (_, res) => void res.writeHead(200, SSE).end(MESSAGE)],
  [
    'one in gzip',
    '/agents/support/v1/messages',
    (_, res) => void res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }).end(gzipSync(MESSAGE)),
  ],
  [
    'a plain chat',
    '/v1/chat/completions',
    (_, res) =>
      void res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ choices: [{ message: { content: 'and again '.repeat(20_000) } }], usage: USAGE })),
  ],
])('a replay costs what its answer tells, also of one that is too long to keep: %s', async (_, path, handle) => {
  const shadow = await shadowOf(path, handle);
  expect(shadow.responseBody).toMatchObject({ state: 'truncated' });
  expect(shadow).toMatchObject({ outcome: 'ok', promptTokens: 1_000, completionTokens: 90, costUsd: 1.18 });
  expect(shadow).not.toHaveProperty('end');
});

it('a replay whose answer tells nothing at its end has no cost, whatever it told before', async () => {
  const told = chunks({
    choices: [{ index: 0, delta: { content: 'a' } }],
    usage: { prompt_tokens: 1_000, completion_tokens: 1 },
  });
  const end = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  const shadow = await shadowOf('/v1/chat/completions', (_, res) => {
    res.writeHead(200, SSE).end(`${told}${chunks(...CHAT_DELTAS, end)}data: [DONE]\n\n`);
  });
  expect(shadow).toMatchObject({ outcome: 'ok', promptTokens: null, completionTokens: null, costUsd: null });
});

it('a replay whose answer has no end is read no further, and has no cost', async () => {
  const shadow = await shadowOf('/agents/support/v1/messages', (_, res) => {
    const more = (): void => {
      while (
        !res.destroyed &&
        res.write(chunks({ type: 'ping', usage: { output_tokens: 5 }, text: 'x'.repeat(65_536) }))
      );
      if (!res.destroyed) res.once('drain', more);
    };
    res.writeHead(200, SSE);
    more();
  });
  expect(shadow).toMatchObject({ completionTokens: null, costUsd: null });
});
