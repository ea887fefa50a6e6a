import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPEN_ACCESS, startFrontDoor, until, viewOf } from '../test/front-door.harness.ts';
import type { FrontDoorOptions, TestFrontDoor } from '../test/front-door.harness.ts';
import { EMBEDDING, RESPONSE_EVENTS, startOpenAiVersion, WEATHER_ARGUMENTS } from '../test/openai-version.harness.ts';
import type { OpenAiVersion } from '../test/openai-version.harness.ts';

/** The official SDK for JavaScript, unchanged but for base URL and key, against the whole front door. */

let v1: OpenAiVersion;
let v2: OpenAiVersion;
let door: TestFrontDoor;
const cleanups: (() => Promise<void>)[] = [];
const version = async (name: string): Promise<OpenAiVersion> => {
  const started = await startOpenAiVersion(name);
  cleanups.push(started.close);
  return started;
};
const frontDoor = async (options: Partial<FrontDoorOptions> = {}): Promise<TestFrontDoor> => {
  const started = await startFrontDoor({ views: [viewOf(v1.url, v2.url, 0)], ...options });
  cleanups.push(started.close);
  return started;
};
beforeAll(async () => {
  [v1, v2] = [await version('v1'), await version('v2')];
  door = await frontDoor();
});
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const sdk = (more: ConstructorParameters<typeof OpenAI>[0] = {}, url = door.url): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'a-key', maxRetries: 0, ...more });
const ask = (content: string) => ({ model: 'support', messages: [{ role: 'user' as const, content }] });
const exchangeOf = (id: string | null) =>
  until(() => door.exchanges().find(({ exchangeId }) => exchangeId === id), 'the exchange');
const failureOf = async (promise: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
  const failure = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (failure instanceof OpenAI.APIError) return failure;
  throw new Error('no APIError was raised', { cause: failure });
};
const drain = async <T>(stream: AsyncIterable<T>, seen: T[] = []): Promise<T[]> => {
  for await (const part of stream) seen.push(part);
  return seen;
};

describe('chat completions', () => {
  it('come plain, with as many choices as asked for, and with the request id where the SDK looks for it', async () => {
    const { data, response, request_id } = await sdk()
      .chat.completions.create({ ...ask('hi'), n: 3 })
      .withResponse();
    expect(data.choices.map(({ message }) => message.content)).toEqual(
      Array.from({ length: 3 }, () => 'hello from v1'),
    );
    expect(data.usage?.total_tokens).toBe(10);
    expect(request_id).toMatch(/^req_/);
    expect(data).toHaveProperty('_request_id', request_id);
    expect(Number(response.headers.get('openai-processing-ms'))).toBeGreaterThanOrEqual(0);
    expect(response.headers.get('x-coalmine-version')).toBe('v1');
  });

  it.each([true, false])('come as a stream, and usage in it only when asked for: %s', async (include_usage) => {
    const stream = await sdk().chat.completions.create({
      ...ask('hi'),
      stream: true,
      stream_options: { include_usage },
    });
    const chunks = await drain(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('hello from v1');
    const withUsage = chunks.filter((chunk) => chunk.usage);
    expect(withUsage.map(({ choices, usage }) => [choices, usage?.total_tokens])).toEqual(
      include_usage ? [[[], 10]] : [],
    );
  });

  it('come as a stream of several choices, which the stream helper puts together', async () => {
    const stream = sdk().chat.completions.stream({ ...ask('hi'), n: 2 });
    const final = await stream.finalChatCompletion();
    expect(final.choices.map(({ message }) => message.content)).toEqual(['hello from v1', 'hello from v1']);
  });

  it.each([true, false])('call tools by the runner, streamed: %s', async (isStream) => {
    const cities: unknown[] = [];
    const weather = {
      type: 'function' as const,
      function: {
        name: 'weather',
        description: 'the weather in a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
        parse: (text: string) => JSON.parse(text) as { city: string },
        function: (arg: { city: string }) => {
          cities.push(arg);
          return 'rain';
        },
      },
    };
    const body = { ...ask('tools'), tools: [weather] };
    const { completions } = sdk().chat;
    const runner = isStream ? completions.runTools({ ...body, stream: true }) : completions.runTools(body);
    expect(await runner.finalContent()).toBe('hello from v1');
    expect(cities).toEqual([JSON.parse(WEATHER_ARGUMENTS)]);
    const sent = v1.callsFor('tools').at(-1)?.body['messages'] as { role: string; content: unknown }[];
    expect(sent.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(sent[2]?.content).toBe('rain');
  });

  it('have their exchange id in a header and in the last event of a stream, and feedback takes it', async () => {
    const client = sdk();
    const response = await client.chat.completions.create({ ...ask('hi'), stream: true }).asResponse();
    const id = response.headers.get('x-coalmine-exchange-id');
    expect(await response.text()).toMatch(new RegExp(`\n\nid: ${id}\ndata: \\[DONE\\]\n\n$`));
    expect(await exchangeOf(id)).toMatchObject({ outcome: 'ok', stream: true, servedVersion: 'v1' });
    const body = { exchange_id: id, thumbs: 'up' };
    expect(await client.post('/feedback', { body })).toMatchObject({ status: 'accepted' });
    await until(() => door.feedback().find((feedback) => feedback.exchangeId === id), 'the feedback');
  });
});

describe('other endpoints', () => {
  it('completions come plain and as a stream', async () => {
    const body = { model: 'support', prompt: 'hi' };
    expect((await sdk().completions.create(body)).choices[0]?.text).toBe('hello from v1');
    const parts = await drain(await sdk().completions.create({ ...body, stream: true }));
    expect(parts.map((part) => part.choices[0]?.text).join('')).toBe('hello from v1');
  });

  it('embeddings come in base64, which the SDK asks for by itself, and as numbers', async () => {
    const body = { model: 'support', input: 'text' };
    expect((await sdk().embeddings.create(body)).data[0]?.embedding).toEqual(EMBEDDING);
    expect(v1.callsFor('text').at(-1)?.body['encoding_format']).toBe('base64');
    const plain = await sdk().embeddings.create({ ...body, encoding_format: 'float' });
    expect(plain.data[0]?.embedding).toEqual(EMBEDDING);
  });

  it('models are listed and found by name, also with a version; others are not', async () => {
    expect((await drain(sdk().models.list())).map(({ id }) => id)).toEqual(['support']);
    expect(await sdk().models.retrieve('support')).toMatchObject({ id: 'support', object: 'model' });
    expect((await sdk().models.retrieve('support@v2')).id).toBe('support');
    expect(await failureOf(sdk().models.retrieve('nobody'))).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('a model whose name is no valid text is refused, and the process lives on', async () => {
    const response = await fetch(`${door.url}/v1/models/%zz`);
    expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'model_not_found' } }]);
    expect((await sdk().models.list()).data).toHaveLength(1);
  });
});

describe('responses', () => {
  it('come plain and as a stream with every event in order, the last with the exchange id', async () => {
    const body = { model: 'support', input: 'hi' };
    expect((await sdk().responses.create(body)).output_text).toBe('hello from v1');
    const events = await drain(await sdk().responses.create({ ...body, stream: true }));
    expect(events.map(({ type }) => type)).toEqual(RESPONSE_EVENTS);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(RESPONSE_EVENTS.map((_, i) => i));
    const final = await sdk().responses.stream(body).finalResponse();
    expect(final.output_text).toBe('hello from v1');
    const raw = await sdk()
      .responses.create({ ...body, stream: true })
      .asResponse();
    const id = raw.headers.get('x-coalmine-exchange-id');
    expect(await raw.text()).toContain(`\n\nid: ${id}\nevent: response.completed\ndata: `);
    expect(await exchangeOf(id)).toMatchObject({ promptTokens: 7, completionTokens: 3, outcome: 'ok' });
  });

  it('whose text quotes the end of a stream end where they end, even if the upstream breaks off after that', async () => {
    for (const input of ['events', 'die late']) {
      const events = await drain(await sdk().responses.create({ model: 'support', input, stream: true }));
      expect(events.map(({ type }) => type)).toEqual(RESPONSE_EVENTS);
    }
    const raw = await sdk().responses.create({ model: 'support', input: 'events', stream: true }).asResponse();
    expect(await raw.text()).toContain(
      `\n\nid: ${raw.headers.get('x-coalmine-exchange-id')}\nevent: response.completed\n`,
    );
  });

  it('stay with the version that the conversation began with through a change of weights', async () => {
    const other = await frontDoor();
    const client = sdk({}, other.url);
    const body = { model: 'support', input: 'hi' };
    const first = await client.responses.create(body);
    const streamed = await client.responses.stream(body).finalResponse();
    other.routed(viewOf(v1.url, v2.url, 99, { sequence: 4 }));
    const headers = { 'x-coalmine-subject': 'someone of the candidate' };
    expect((await client.responses.create(body, { headers })).output_text).toBe('hello from v2');
    for (const { id } of [first, streamed]) {
      const next = await client.responses.create({ ...body, previous_response_id: id }, { headers });
      expect([next.output_text, next.previous_response_id]).toEqual(['hello from v1', id]);
      const last = await client.responses.create({ ...body, previous_response_id: next.id }, { headers });
      expect(last.output_text).toBe('hello from v1');
    }
    const all = await until(() => other.exchanges().length === 7 && other.exchanges(), 'all exchanges');
    expect(all.map(({ assignment }) => assignment).filter((assignment) => assignment === 'affinity')).toHaveLength(4);
  });
});

describe('errors', () => {
  const own = { type: 'own_type', param: 'own_param', code: 'own_code' };
  it.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [403, OpenAI.PermissionDeniedError],
    [404, OpenAI.NotFoundError],
    [409, OpenAI.ConflictError],
    [422, OpenAI.UnprocessableEntityError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [503, OpenAI.InternalServerError],
  ])('a %s of the version is what the SDK raises, plain or streamed', async (status, Kind) => {
    for (const stream of [false, true]) {
      const failure = await failureOf(sdk().chat.completions.create({ ...ask(`fail ${status}`), stream }));
      expect(failure).toBeInstanceOf(Kind);
      expect(failure).toMatchObject({ status, ...own });
      expect(failure.requestID).toMatch(/^req_/);
    }
  });

  it('of the front door itself are what the SDK raises', async () => {
    const bad = await failureOf(sdk().chat.completions.create({ ...ask('hi'), model: '' }));
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
    expect(bad).toMatchObject({ code: 'invalid_request', param: 'model', type: 'invalid_request_error' });
    const missing = await failureOf(sdk().chat.completions.create({ ...ask('hi'), model: 'nobody' }));
    expect(missing).toBeInstanceOf(OpenAI.NotFoundError);
    expect(missing).toMatchObject({ code: 'model_not_found', param: 'model' });
    const locked = await frontDoor({ policy: { access: { anonymous: null } } });
    const unknown = await failureOf(sdk({}, locked.url).chat.completions.create(ask('hi')));
    expect(unknown).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(unknown).toMatchObject({ code: 'invalid_api_key' });
    const strict = await frontDoor({ policy: { access: { anonymous: {} } } });
    const pinned = await failureOf(sdk({}, strict.url).chat.completions.create({ ...ask('hi'), model: 'support@v2' }));
    expect(pinned).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(pinned).toMatchObject({ code: 'not_permitted' });
  });

  it('of a stream that breaks off half way are raised after what came, in every protocol', async () => {
    const chunks: unknown[] = [];
    const chat = await sdk().chat.completions.create({ ...ask('die'), stream: true });
    expect(await failureOf(drain(chat, chunks as never[]))).toMatchObject({ code: 'upstream_broken' });
    expect(chunks).toHaveLength(1);
    const events: unknown[] = [];
    const response = await sdk().responses.create({ model: 'support', input: 'die', stream: true });
    expect(await failureOf(drain(response, events as never[]))).toMatchObject({ code: 'upstream_broken' });
    expect(events).toHaveLength(5);
    const helper = sdk().responses.stream({ model: 'support', input: 'die' });
    expect(await failureOf(helper.finalResponse())).toMatchObject({ code: 'upstream_broken' });
  });
});

describe('retries', () => {
  const calls = async (text: string, maxRetries: number): Promise<number> => {
    await sdk({ maxRetries })
      .chat.completions.create(ask(text))
      .catch(() => {});
    return v1.callsFor(text).length;
  };

  it('follow `retry-after-ms`, and the version sees each', async () => {
    for (const status of [408, 409, 429, 500, 503]) {
      const answer = await sdk({ maxRetries: 2 }).chat.completions.create(ask(`fail ${status} once`));
      expect(answer.choices[0]?.message.content).toBe('hello from v1');
      expect(v1.callsFor(`fail ${status} once`).map(({ headers }) => headers['x-stainless-retry-count'])).toEqual([
        '0',
        '1',
      ]);
    }
  });

  it('are not made when the version forbids them, or when it broke off after it got the request', async () => {
    expect(await calls('fail 500 for good', 2)).toBe(1);
    expect(await calls('vanish', 2)).toBe(1);
  });

  it('are made at the limit, whose headers every answer has', async () => {
    let left = 1;
    const verdict = () => ({
      allowed: left-- > 0,
      bucket: 'address:here',
      limit: 1,
      remaining: Math.max(0, left),
      resetMs: 1_500,
      retryAfterMs: 5,
    });
    const limited = await frontDoor({
      limiter: { take: verdict },
      policy: { access: OPEN_ACCESS, limits: { perKey: { requests: 1, per: '1m', burst: 1 } } },
    });
    const { response } = await sdk({}, limited.url).chat.completions.create(ask('limited')).withResponse();
    const limits = (headers: Headers): unknown =>
      ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}-requests`));
    expect(limits(response.headers)).toEqual(['1', '0', '1.5s']);
    const failure = await failureOf(sdk({ maxRetries: 2 }, limited.url).chat.completions.create(ask('limited')));
    expect(failure).toBeInstanceOf(OpenAI.RateLimitError);
    expect(failure).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    expect(limits(failure.headers!)).toEqual(['1', '0', '1.5s']);
    expect(failure.headers?.get('retry-after-ms')).toBe('5');
    expect([left, v1.callsFor('limited').length]).toEqual([-3, 1]);
  });
});

describe('a client that leaves', () => {
  const cancelled = async (text: string, sinceMs: number, minCalls: number): Promise<void> => {
    const call = await until(() => v1.callsFor(text)[minCalls - 1], 'the call');
    const overAtMs = await until(() => call.overAtMs, 'the upstream to be cancelled');
    expect(overAtMs - sinceMs).toBeLessThan(1_000);
  };

  it('by its timeout before an answer cancels the call upstream', async () => {
    const before = v1.callsFor('hang').length;
    const request = sdk({ timeout: 100 }).chat.completions.create(ask('hang'));
    await expect(request).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    await cancelled('hang', Date.now(), before + 1);
    const exchange = await until(() => door.exchanges().find(({ status }) => status === 499), 'the exchange');
    expect(exchange).toMatchObject({ outcome: 'client_abort', firstByteMs: null });
  });

  it('in the middle of a stream, by breaking off or by its signal, cancels the call upstream', async () => {
    for (const how of ['break', 'abort']) {
      const before = v1.callsFor('hang').length;
      const leave = new AbortController();
      const { data, response } = await sdk()
        .chat.completions.create({ ...ask('hang'), stream: true }, { signal: leave.signal })
        .withResponse();
      let leftAtMs = 0;
      for await (const _part of data) {
        leftAtMs = Date.now();
        if (how === 'break') break;
        leave.abort();
      }
      await cancelled('hang', leftAtMs, before + 1);
      const exchange = await exchangeOf(response.headers.get('x-coalmine-exchange-id'));
      expect(exchange).toMatchObject({ outcome: 'client_abort', status: 200, stream: true });
    }
  });
});
