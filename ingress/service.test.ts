import type { ServerResponse } from 'node:http';
import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { answerJson, closedAfterEach, completion, until, viewOf } from './test/front-door.harness.ts';

const { frontDoor, upstream } = closedAfterEach();

const polite = () => upstream((res) => answerJson(res, completion('hello from v1')));
const chat = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const ask = { model: 'support', user: 'u1', messages: [{ role: 'user', content: 'hi' }] };
const sdk = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'client-key-1234567890', maxRetries: 0 });

const chunkOf = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

it('the official SDK gets a plain answer, and the exchange is in the topic with tokens and cost', async () => {
  const v1 = await polite();
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  const { data, response, request_id } = await sdk(door.url)
    .chat.completions.create({ ...ask, metadata: { lang: 'en' } } as never)
    .withResponse();
  expect(data.choices[0]?.message.content).toBe('hello from v1');
  expect(response.headers.get('x-coalmine-version')).toBe('v1');
  expect(request_id).toMatch(/^req_/);
  const id = response.headers.get('x-coalmine-exchange-id');
  const exchange = await until(() => door.exchanges()[0], 'the exchange');
  expect(exchange).toMatchObject({
    exchangeId: id,
    agent: 'support',
    rollout: 'r1',
    routingSequence: 3,
    assignment: 'weight',
    assignedArm: 'stable',
    servedArm: 'stable',
    servedVersion: 'v1',
    fallbackReason: null,
    stream: false,
    status: 200,
    outcome: 'ok',
    promptTokens: 10,
    completionTokens: 5,
    costUsd: 20 / 1e6,
    metadata: { lang: 'en' },
    path: '/v1/chat/completions',
  });
  expect(exchange.requestBody).toMatchObject({ state: 'full', contentType: 'application/json' });
  expect(JSON.parse(exchange.responseBody.text)).toEqual(completion('hello from v1'));
  expect(JSON.stringify(exchange)).not.toContain('client-key-1234567890');
});

it('the official SDK gets a stream, usage included, and its exchange id as the id of the last event', async () => {
  const v1 = await upstream((res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(chunkOf('hel'));
    setImmediate(() => {
      res.write(chunkOf('lo').slice(0, 40));
      setTimeout(() => {
        const usage = {
          id: 'c',
          object: 'chat.completion.chunk',
          choices: [],
          usage: { prompt_tokens: 3, completion_tokens: 2 },
        };
        res.write(`${chunkOf('lo').slice(40)}data: ${JSON.stringify(usage)}\n\ndata: [DO`);
        setTimeout(() => res.end('NE]\n\n'), 5);
      }, 5);
    });
  });
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  const stream = await sdk(door.url).chat.completions.create({ ...ask, stream: true } as never);
  let text = '';
  for await (const part of stream as unknown as AsyncIterable<{ choices: { delta: { content?: string } }[] }>) {
    text += part.choices[0]?.delta.content ?? '';
  }
  expect(text).toBe('hello');
  const raw = await (await chat(door.url, { ...ask, stream: true })).text();
  const exchange = await until(() => door.exchanges()[1], 'the exchange');
  expect(raw).toContain(`\n\nid: ${exchange.exchangeId}\ndata: [DONE]\n\n`);
  expect(exchange).toMatchObject({ stream: true, outcome: 'ok', promptTokens: 3, completionTokens: 2 });
});

it('refusals are OpenAI error envelopes with the right status, and make no exchange', async () => {
  const v1 = await polite();
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], policy: { limits: { maxBodyBytes: 1_000 } } });
  const cases: [Promise<Response>, number, string][] = [
    [chat(door.url, '{"model":'), 400, 'invalid_json'],
    [chat(door.url, '[]'), 400, 'invalid_request'],
    [chat(door.url, { messages: [] }), 400, 'invalid_request'],
    [chat(door.url, { ...ask, model: 'nobody' }), 404, 'model_not_found'],
    [chat(door.url, { ...ask, model: 'support@v9' }), 404, 'model_not_found'],
    [chat(door.url, { ...ask, pad: 'x'.repeat(2_000) }), 413, 'body_too_large'],
    [fetch(`${door.url}/v1/chat/completions`), 405, 'method_not_allowed'],
    [fetch(`${door.url}/v1/models`, { method: 'DELETE' }), 405, 'method_not_allowed'],
    [fetch(`${door.url}/nowhere`), 404, 'path_not_found'],
  ];
  for (const [promise, status, code] of cases) {
    const response = await promise;
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect([response.status, error['code']]).toEqual([status, code]);
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    if (status === 405) expect(response.headers.get('allow')).toMatch(/GET|POST/);
  }
  await expect(sdk(door.url).chat.completions.create({ ...ask, model: 'nobody' } as never)).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  });
  expect(v1.requests).toHaveLength(0);
});

it('the body limit holds while a body without a length streams in', async () => {
  const v1 = await polite();
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], policy: { limits: { maxBodyBytes: 10_000 } } });
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4_000)),
  });
  const request = fetch(`${door.url}/v1/chat/completions`, { method: 'POST', body: endless, duplex: 'half' } as never);
  const status = await request.then(
    (response) => response.status,
    () => 'closed',
  );
  expect([413, 'closed']).toContain(status);
  expect((await chat(door.url, ask)).status).toBe(200);
});

it.each([
  ['answers 5xx', (res: ServerResponse) => answerJson(res, { error: {} }, 503), 'status 503', 'upstream_error'],
  ['sends elsewhere', (res: ServerResponse) => answerJson(res, {}, 302), 'status 302', 'upstream_error'],
  ['closes', (res: ServerResponse) => void res.destroy(), 'closed', 'upstream_error'],
  ['is silent', () => {}, 'first_byte_timeout', 'upstream_timeout'],
])('a candidate that %s before its first byte is answered for by stable', async (_name, fail, reason, outcome) => {
  const v1 = await polite();
  const v2 = await upstream(fail);
  const door = await frontDoor({
    views: [viewOf(v1.url, v2.url, 100)],
    policy: { defaults: { capture: { mode: 'full' }, upstream: { firstByteTimeout: '150ms' } } },
  });
  const response = await chat(door.url, ask);
  expect([response.status, response.headers.get('x-coalmine-version')]).toEqual([200, 'v1']);
  const exchange = await until(() => door.exchanges()[0], 'the exchange');
  expect(exchange).toMatchObject({
    assignment: 'weight',
    assignedArm: 'candidate',
    assignedVersion: 'v2',
    servedArm: 'stable',
    servedVersion: 'v1',
    fallbackReason: reason,
    outcome,
    status: 200,
  });
});

it('an unreachable candidate falls back, a pinned one does not', async () => {
  const v1 = await polite();
  const gone = await upstream(() => {});
  await gone.close();
  const door = await frontDoor({ views: [viewOf(v1.url, gone.url, 100)] });
  expect((await chat(door.url, ask)).status).toBe(200);
  const pinned = await chat(door.url, { ...ask, model: 'support@v2' });
  expect(pinned.status).toBe(502);
  expect(((await pinned.json()) as { error: { code: string } }).error.code).toBe('upstream_unreachable');
  const exchanges = await until(() => door.exchanges().length === 2 && door.exchanges(), 'both exchanges');
  expect(exchanges.map((e) => [e.assignment, e.fallbackReason, e.status, e.outcome].join(' ')).sort()).toEqual([
    'pin  502 upstream_error',
    'weight connect 200 upstream_error',
  ]);
});

it("stable's own failure and the upstream's own 4xx reach the client as they are", async () => {
  const v1 = await upstream((res, body) => {
    if (body.includes('limit')) answerJson(res, { error: { message: 'slow down', code: 'rate_limit' } }, 429);
    else answerJson(res, { error: { message: 'own trouble' } }, 500);
  });
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  const limited = await chat(door.url, { ...ask, note: 'limit' });
  expect([limited.status, await limited.json()]).toEqual([
    429,
    { error: { message: 'slow down', code: 'rate_limit' } },
  ]);
  expect((await chat(door.url, ask)).status).toBe(500);
  const exchanges = await until(() => door.exchanges().length === 2 && door.exchanges(), 'both exchanges');
  expect(exchanges.map((e) => e.outcome).sort()).toEqual(['client_error', 'upstream_error']);
});

it('a stream that dies half way ends in an error frame that the SDK throws, and is recorded as truncated', async () => {
  const v1 = await upstream((res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(`${chunkOf('one')}data: {"half`);
    setTimeout(() => res.destroy(), 20);
  });
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  const stream = await sdk(door.url).chat.completions.create({ ...ask, stream: true } as never);
  const seen: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const part of stream as unknown as AsyncIterable<unknown>) seen.push(part);
  };
  await expect(read()).rejects.toThrow('broke off');
  expect(seen).toHaveLength(1);
  expect(await until(() => door.exchanges()[0], 'the exchange')).toMatchObject({ outcome: 'truncated', status: 200 });
});

it('a client that leaves closes the upstream request within a second and is recorded as client_abort', async () => {
  let goneAtMs = 0;
  const v1 = await upstream((res) => {
    res.on('close', () => (goneAtMs = performance.now()));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(chunkOf('one'));
  });
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  const leave = new AbortController();
  const response = await fetch(`${door.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ ...ask, stream: true }),
    signal: leave.signal,
  });
  await response.body!.getReader().read();
  leave.abort();
  const leftAtMs = performance.now();
  await until(() => goneAtMs > 0, 'the upstream to notice', 1_000);
  expect(goneAtMs - leftAtMs).toBeLessThan(1_000);
  expect(await until(() => door.exchanges()[0], 'the exchange')).toMatchObject({
    outcome: 'client_abort',
    status: 200,
  });
});

it('hop-by-hop, control and credential headers stay here; the rest goes on', async () => {
  const v1 = await polite();
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  await chat(door.url, ask, {
    authorization: 'Bearer secret-key',
    cookie: 'a=b',
    'x-api-key': 'k',
    'x-coalmine-subject': 'ann',
    'x-forwarded-for': '1.2.3.4',
    'x-custom': 'kept',
    traceparent: '00-1-2-01',
    'x-request-id': 'mine-1',
  });
  const { headers } = v1.requests[0]!;
  for (const name of ['authorization', 'cookie', 'x-api-key', 'x-forwarded-for', 'x-coalmine-subject'])
    expect(headers).not.toHaveProperty(name);
  expect(headers).toMatchObject({
    'x-custom': 'kept',
    traceparent: '00-1-2-01',
    'x-coalmine-version': 'v1',
    'x-request-id': 'mine-1',
    host: new URL(v1.url).host,
  });
});

it('feedback needs a genuine exchange id and lands in its topic with all that the id says', async () => {
  const v1 = await polite();
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)] });
  const id = (await chat(door.url, ask)).headers.get('x-coalmine-exchange-id')!;
  const give = (body: unknown) => fetch(`${door.url}/v1/feedback`, { method: 'POST', body: JSON.stringify(body) });
  const accepted = await give({ exchange_id: id, thumbs: 'down' });
  const repeated = await give({ exchange_id: id, thumbs: 'down' });
  expect([accepted.status, repeated.status]).toEqual([202, 202]);
  expect(await repeated.json()).toEqual(await accepted.json());
  const forged = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
  expect((await give({ exchange_id: forged, thumbs: 'up' })).status).toBe(403);
  const bad = await give({ exchange_id: id, rating: 9 });
  expect([bad.status, ((await bad.json()) as { error: { param: string } }).error.param]).toEqual([400, 'rating']);
  expect((await give({ exchange_id: id })).status).toBe(400);
  const feedback = await until(() => door.feedback()[0], 'the feedback');
  expect(feedback).toMatchObject({
    exchangeId: id,
    agent: 'support',
    version: 'v1',
    arm: 'stable',
    evidence: true,
    thumbs: 'down',
  });
  expect(door.feedback()).toHaveLength(1);
});

it('models, health and metrics answer', async () => {
  const v1 = await polite();
  const door = await frontDoor({ views: [] });
  expect((await fetch(`${door.url}/livez`)).status).toBe(200);
  expect((await fetch(`${door.url}/readyz`)).status).toBe(503);
  door.views.set('support', viewOf(v1.url, v1.url, 0));
  expect((await fetch(`${door.url}/readyz`)).status).toBe(200);
  expect((await sdk(door.url).models.list()).data.map((m) => m.id)).toEqual(['support']);
  await chat(door.url, ask);
  const text = await (await fetch(`${door.url}/metrics`)).text();
  expect(text).toContain('coalmine_ingress_requests_total{agent="support",version="v1",status="2xx"} 1');
});

it('a front door whose telemetry waits stays in service, and says since when', async () => {
  const door = await frontDoor({
    views: [viewOf('http://127.0.0.1:1', '', 0)],
    stalledSince: () => '2026-11-28T10:00:00Z',
  });
  const response = await fetch(`${door.url}/readyz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok', nothingPublishedSince: '2026-11-28T10:00:00Z' });
});

it('without any routing it says whether an agent is wanting or Redis is away', async () => {
  const codeOf = async (response: Response): Promise<unknown> => [
    response.status,
    ((await response.json()) as { error: { code: string } }).error.code,
  ];
  for (const [isRoutingKnown, code] of [
    [true, [404, 'model_not_found']],
    [false, [503, 'not_ready']],
  ] as const) {
    const door = await frontDoor({ views: [], isRoutingKnown });
    expect(await codeOf(await chat(door.url, ask))).toEqual(code);
    expect(await codeOf(await fetch(`${door.url}/readyz`))).toEqual([503, 'not_ready']);
  }
});

it('a new view is in force for the next request', async () => {
  const v1 = await polite();
  const v2 = await upstream((res) => answerJson(res, completion('hello from v2')));
  const door = await frontDoor({ views: [viewOf(v1.url, v2.url, 0)] });
  expect((await chat(door.url, ask)).headers.get('x-coalmine-version')).toBe('v1');
  door.views.set('support', viewOf(v1.url, v2.url, 100, { sequence: 4 }));
  expect((await chat(door.url, ask)).headers.get('x-coalmine-version')).toBe('v2');
});

it('a large plain answer is relayed whole, and captured cut with the hash and usage of all of it', async () => {
  const big = completion('x'.repeat(3_000_000));
  const v1 = await upstream((res) => answerJson(res, big));
  const door = await frontDoor({ views: [viewOf(v1.url, v1.url, 0)], captureLimitBytes: 10_000 });
  expect(await (await chat(door.url, ask)).json()).toEqual(big);
  const exchange = await until(() => door.exchanges()[0], 'the exchange');
  expect(exchange.responseBody).toMatchObject({ state: 'truncated', sizeBytes: JSON.stringify(big).length });
  expect(exchange.responseBody.text).toHaveLength(10_000);
  expect(exchange).toMatchObject({ promptTokens: 10, completionTokens: 5 });
});
