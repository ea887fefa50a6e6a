import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { Check } from '../../schemas/rollout-check.ts';
import { checkCalls, readCheck } from '../rollout/check-call.ts';
import { rolloutDocument, started } from '../test/play.fixture.ts';
import { servedForEach } from '../test/serving.harness.ts';
import { createCheckSender } from './check.io.ts';

const { serve } = servedForEach();

const run = started(rolloutDocument({})).state.run!;
const never = new AbortController().signal;

/** What a check comes to that asks this URL, and nobody else. */
const ask = async (check: object, url: string, token: string | null = null): Promise<string> => {
  const read = Check.parse(check);
  const calls = checkCalls('support', run, read);
  const send = createCheckSender(new Map([['here', { url, token }]]));
  const { outcome, reason } = readCheck(read, await Promise.all(calls.map((call) => send(call, never))));
  return `${outcome}: ${reason}`;
};
const WEBHOOK = { name: 'release', webhook: { endpoint: 'here' } };
const PROMETHEUS = { name: 'cpu', prometheus: { endpoint: 'here', query: 'up', max: 0.9 } };

type Seen = { url: string; method: string; headers: IncomingHttpHeaders; body: string };
const recording = async (answer: string): Promise<{ url: string; seen: Seen[] }> => {
  const seen: Seen[] = [];
  const url = await serve((request, response) => {
    const take = async (): Promise<void> => {
      const { method = '', url: target = '', headers } = request;
      seen.push({ url: target, method, headers, body: await text(request) });
      response.end(answer);
    };
    take().catch(() => request.socket.destroy());
  });
  return { url, seen };
};

describe('a check over HTTP', () => {
  it('POSTs a webhook the facts, at the operator’s address with its query and its token', async () => {
    const { url, seen } = await recording('{"reason":"approved"}');
    expect(await ask(WEBHOOK, `${url}/gate?team=a`, 'secret')).toBe('passed: approved');
    expect(seen).toMatchObject([{ url: '/gate?team=a', method: 'POST', headers: { authorization: 'Bearer secret' } }]);
    expect(JSON.parse(seen[0]!.body)).toMatchObject({ agent: 'support', candidate: 'v2' });
  });

  it('asks Prometheus below its address, without a credential where none is configured', async () => {
    const { url, seen } = await recording('{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}');
    expect(await ask(PROMETHEUS, `${url}/prom/`)).toBe('passed: the query gives 0.5');
    expect(seen).toMatchObject([{ url: '/prom/api/v1/query', method: 'POST', body: 'query=up' }]);
    expect(seen[0]!.headers).not.toHaveProperty('authorization');
  });

  it('follows no redirect, and so asks nobody that the operator did not name', async () => {
    const inner = await recording('{}');
    const url = await serve((_, response) => response.writeHead(307, { location: inner.url }).end());
    expect(await ask(WEBHOOK, url)).toBe('unanswered: it answered 307 (no redirect is followed)');
    expect(inner.seen).toEqual([]);
  });

  it.each<[string, object, RequestListener, string | RegExp]>([
    [
      'takes no answer in time for none',
      { ...WEBHOOK, timeout: '50ms' },
      () => {},
      'unanswered: not done within 50 ms',
    ],
    [
      'takes an answer that never ends for none',
      { ...WEBHOOK, timeout: '100ms' },
      (_, response) => void response.writeHead(200).write('{"reas'),
      'unanswered: not done within 100 ms',
    ],
    [
      'takes an answer that breaks off for none',
      WEBHOOK,
      (_, response) => void response.writeHead(200, { 'content-length': 10 }).write('{', () => response.destroy()),
      /^unanswered: ./,
    ],
    [
      'reads no more than an answer may have',
      PROMETHEUS,
      (_, response) => response.end('x'.repeat(65_537)),
      'unanswered: the answer is longer than 65536 bytes',
    ],
    [
      'says what is no JSON',
      PROMETHEUS,
      (_, response) => response.end('{"status":"success",'),
      'unanswered: Prometheus answered no JSON: {"status":"success",',
    ],
    [
      'says who wants a credential',
      PROMETHEUS,
      (_, response) => response.writeHead(401).end('Unauthorized'),
      'unanswered: Prometheus answered 401: Unauthorized',
    ],
  ])('%s', async (_, check, handle, expected) => {
    expect(await ask(check, await serve(handle))).toMatch(expected);
  });

  it('takes nobody at the address for no answer', async () => {
    expect(await ask(WEBHOOK, 'http://127.0.0.1:1')).toMatch(/^unanswered: .*ECONNREFUSED/);
  });

  it('asks nobody under a name that the operator has not configured', async () => {
    expect(await ask({ name: 'a', webhook: { endpoint: 'elsewhere' } }, 'http://127.0.0.1:1')).toBe(
      'unanswered: this controller has no check endpoint elsewhere (CONTROLLER_CHECK_ENDPOINTS)',
    );
  });
});
