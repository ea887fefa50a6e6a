import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createModelServers } from '../../../judge/models/model-server.harness.ts';
import { isReply, type Reply } from '../reply.ts';
import { maskOf } from '../secrets.ts';
import { createChatEndpoint } from './chat-endpoint.ts';
import { retryAfterOf } from './retry-after.ts';
import type { Attempt } from './target.ts';

const servers = createModelServers();
afterEach(() => servers.close());

const SECRET = 'k"ey-0123456789';
const MESSAGES = [{ role: 'user', content: 'é' }];
const answer = (content: string): string => JSON.stringify({ choices: [{ message: { content } }] });
const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const SSE = { 'content-type': 'text/event-stream' };

const ask = async (url: string, request = {}, { timeoutMs = 5_000, signal = new AbortController().signal } = {}) => {
  const headers = { authorization: `Bearer ${SECRET}` };
  const mask = maskOf([{ AGENT_API_KEY: SECRET }]);
  const endpoint = createChatEndpoint({ url, model: 'support', headers, timeoutMs, mask });
  try {
    return await endpoint.ask({ messages: MESSAGES, ...request }, signal);
  } finally {
    await endpoint.close();
  }
};
const replyOf = ({ answered }: Attempt): Reply => {
  if (!isReply(answered)) throw new Error('no reply');
  return answered;
};

describe('a chat endpoint', () => {
  it('is asked at its path, with model, key and the question as it stands', async () => {
    const seen: [string | undefined, IncomingHttpHeaders, string][] = [];
    const url = await servers.serve((req, res) => {
      let text = '';
      req.on('data', (part: Buffer) => (text += part.toString()));
      req.on('end', () => {
        seen.push([req.url, req.headers, text]);
        res.writeHead(200, { 'content-type': 'application/json', 'x-agent-version': 'v2' }).end(answer('hi'));
      });
    });
    const attempt = await ask(`${url}?api-version=2`, { temperature: 0 });
    const [[path, headers, body] = [undefined, {}, '']] = seen;
    expect(path).toBe('/v1/chat/completions?api-version=2');
    expect(headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' });
    expect(JSON.parse(body)).toEqual({ model: 'support', messages: MESSAGES, temperature: 0 });
    expect(attempt).toMatchObject({
      retryAfterMs: null,
      answered: { status: 200, outcome: 'ok', body: answer('hi'), version: 'v2', reason: '' },
    });
    expect(replyOf(attempt).latencyMs).toBeGreaterThan(0);
  });

  it('tells of a stream when its first content came, and whether it came to its end', async () => {
    const url = await servers.serve((_, res) => {
      res.writeHead(200, SSE).write(chunk({ role: 'assistant' }));
      setTimeout(() => res.end(chunk({ content: 'hi' }) + chunk({}, 'stop') + 'data: [DONE]\n\n'), 60);
    });
    const whole = replyOf(await ask(url, { stream: true }));
    expect(whole.outcome).toBe('ok');
    expect(whole.firstByteMs).toBeGreaterThan(50);
    const broken = await servers.serve((_, res) => void res.writeHead(200, SSE).end(chunk({ content: 'hi' })));
    expect(replyOf(await ask(broken, { stream: true })).outcome).toBe('truncated');
  });

  it.each([
    [200, '{"error":{"message":"overloaded"}}', 'upstream_error', false],
    [200, '<html>', 'upstream_error', false],
    [400, '{"error":{"message":"too long"}}', 'client_error', false],
    [404, 'no such path', 'client_error', false],
    [408, '', 'client_error', true],
    [429, '', 'client_error', true],
    [500, '{"error":{"message":"TypeError"}}', 'upstream_error', true],
    [503, '', 'upstream_error', true],
  ])('answering %i %s is %s', async (status, body, outcome, isRetried) => {
    const url = await servers.serve((_, res) => void res.writeHead(status).end(body));
    const attempt = await ask(url);
    expect(attempt.answered).toMatchObject({ status, outcome });
    expect(attempt.retryAfterMs !== null).toBe(isRetried);
    expect(replyOf(attempt).reason).toContain(`HTTP ${status}`);
  });

  it('that can’t be reached, breaks off or takes too long may be asked again', async () => {
    expect(await ask('http://127.0.0.1:1/v1')).toMatchObject({
      retryAfterMs: 0,
      answered: { status: 0, outcome: 'upstream_error' },
    });
    const hangsUp = await servers.serve((req) => req.socket.destroy());
    expect(await ask(hangsUp)).toMatchObject({ retryAfterMs: 0, answered: { status: 0 } });
    const silent = await servers.serve(() => {});
    expect(await ask(silent, {}, { timeoutMs: 50 })).toMatchObject({
      retryAfterMs: 0,
      answered: { outcome: 'upstream_timeout', reason: 'no answer within 0.05 s' },
    });
  });

  it('is left at once when the user stops', async () => {
    const stop = new AbortController();
    const url = await servers.serve(() => stop.abort(new Error('stopped')));
    await expect(ask(url, {}, { signal: stop.signal })).rejects.toThrow();
  });

  it('may quote the key that it was asked with: that is kept nowhere', async () => {
    const url = await servers.serve(
      (req, res) =>
        void res
          .writeHead(401, { 'x-agent-version': SECRET })
          .end(JSON.stringify({ error: { message: req.headers.authorization } })),
    );
    const told = JSON.stringify(await ask(url));
    expect(told).toContain('Bearer [secret]');
    expect(told).not.toContain('0123456789');
  });

  it('keeps so much of an answer without end, and says that it is cut', async () => {
    const url = await servers.serve((_, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write('x'.repeat(65_536)));
        if (!res.destroyed) res.once('drain', more);
      };
      more();
    });
    const { isCut, body } = replyOf(await ask(url));
    expect(isCut).toBe(true);
    expect(body).toHaveLength(4_194_304);
  });
});

describe('when to ask again', () => {
  const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    [429, { 'retry-after': '7' }, { retryAfterMs: 7_000, isBusy: true }],
    [429, { 'retry-after-ms': '250', 'retry-after': '7' }, { retryAfterMs: 250, isBusy: true }],
    [503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' }, { retryAfterMs: 3_000, isBusy: true }],
    [429, { 'retry-after': '86400' }, { retryAfterMs: 120_000, isBusy: true }],
    [500, { 'retry-after': 'soon' }, { retryAfterMs: 0, isBusy: false }],
    [500, { 'x-should-retry': 'false' }, { retryAfterMs: null, isBusy: false }],
    [409, { 'x-should-retry': 'true' }, { retryAfterMs: 0, isBusy: false }],
    [400, {}, { retryAfterMs: null, isBusy: false }],
  ])('after %i with %j', (status, headers, expected) => {
    expect(retryAfterOf(status, headers, NOW_MS)).toEqual(expected);
  });
});
