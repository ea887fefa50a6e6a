import { afterEach, describe, expect, it } from 'vitest';
import type { Prompt } from '../questions/prompt.ts';
import { createPost } from './endpoint.io.ts';
import { createJudgeModel } from './judge-model.io.ts';
import type { AskModel } from './model-judge.ts';
import { byBody, completion, createModelServers } from './model-server.harness.ts';

const { serve, close } = createModelServers();
afterEach(close);

const prompt: Prompt = {
  messages: [
    { role: 'system', content: 'Judge.' },
    { role: 'user', content: 'Is a temperature of 0 below the minimum?' },
  ],
  canary: '0123456789abcdef',
  replySchema: {
    type: 'object',
    properties: { score: { type: 'number', minimum: 1, maximum: 5 } },
    additionalProperties: false,
  },
};
const LIMIT_TOKENS = 4_096;
const modelAt = (url: string): ((asked: Prompt) => ReturnType<AskModel>) => {
  const ask = createJudgeModel({ url, name: 'm', apiKey: '', timeoutMs: 5_000, replyFormat: 'json_schema' });
  return (asked) => ask(asked, LIMIT_TOKENS);
};

/** Refuses each request that `refuse` has a word about; what it was asked is in `asked`. */
const picky = async (refuse: (body: Record<string, unknown>) => unknown) => {
  const asked: Record<string, unknown>[] = [];
  const url = await serve(
    byBody((body, res) => {
      asked.push(body);
      const refusal = refuse(body);
      if (refusal === undefined) res.end(completion('hi'));
      else res.writeHead(400).end(JSON.stringify(refusal));
    }),
  );
  return { model: modelAt(url), asked };
};

describe('a model that refuses something of a request', () => {
  it('is asked without it, and from then on at once', async () => {
    const { model, asked } = await picky((body) =>
      'temperature' in body
        ? { error: { message: 'no such value', param: 'temperature', code: 'unsupported_value' } }
        : undefined,
    );
    expect(await model(prompt)).toMatchObject({ ok: true, content: 'hi' });
    expect(await model(prompt)).toMatchObject({ ok: true, content: 'hi' });
    expect(asked.map((body) => 'temperature' in body)).toEqual([true, false, false]);
    expect(asked[1]).toMatchObject({ response_format: { type: 'json_schema' } });
  });

  it('may refuse several things, one after the other', async () => {
    const { model, asked } = await picky((body) => {
      if ('temperature' in body) return { error: { message: '`temperature` is deprecated for this model' } };
      const text = JSON.stringify(body['response_format'] ?? null);
      if (text.includes('"minimum"'))
        return { error: { message: "Invalid schema for response_format 'verdict': 'minimum' is not permitted." } };
      if (text.includes('json_schema')) return { error: { message: 'json_schema is not supported by this model' } };
      return text === 'null' ? undefined : { error: { message: 'Unknown argument', param: 'response_format' } };
    });
    expect(await model(prompt)).toMatchObject({ ok: true });
    expect(await model(prompt)).toMatchObject({ ok: true });
    const { messages } = prompt;
    expect(asked).toHaveLength(6);
    const plain = { model: 'm', messages, max_completion_tokens: LIMIT_TOKENS };
    expect(asked.slice(4)).toEqual([plain, plain]);
  });

  it('is not asked again where it names nothing that could be left out, and fails where all was in vain', async () => {
    const other = await picky(() => ({ error: { message: 'The model `m` does not exist', param: 'model' } }));
    expect(await other.model(prompt)).toMatchObject({ ok: false, retryAfterMs: null });
    expect(other.asked).toHaveLength(1);
    const never = await picky(() => ({
      error: { message: 'temperature, minimum, additionalProperties, response_format' },
    }));
    expect(await never.model(prompt)).toMatchObject({ ok: false, reason: 'the judge model answered 400' });
  });

  it('is sent one request no more than seven times, however much could be left out', async () => {
    let asked = 0;
    const refusal = JSON.stringify({ error: { message: 'a1 a2 a3 a4 a5 a6 a7 a8 a9' } });
    const url = await serve((_, res) => {
      asked += 1;
      res.writeHead(400).end(refusal);
    });
    const post = createPost({ url, apiKey: '', timeoutMs: 5_000 }, 'chat/completions');
    const body = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a${i + 1}`, 1]));
    expect(await post(body)).toMatchObject({ ok: false, retryAfterMs: null });
    expect(asked).toBe(7);
  });

  it('has not refused what was in vain left out', async () => {
    let isFiltered = true;
    const { model, asked } = await picky(() =>
      isFiltered ? { error: { message: 'filtered: “temperature is not supported”' } } : undefined,
    );
    expect(await model(prompt)).toMatchObject({ ok: false });
    isFiltered = false;
    expect(await model(prompt)).toMatchObject({ ok: true });
    expect(asked.at(-1)).toMatchObject({ temperature: 0 });
  });
});

describe('a model that refuses a request without saying what', () => {
  const PLAIN = { model: 'm', messages: prompt.messages, max_completion_tokens: LIMIT_TOKENS };
  const WORDLESS = { error: { message: 'Bad request' } };

  it('is asked the question alone, and from then on at once', async () => {
    const { model, asked } = await picky((body) => ('temperature' in body ? WORDLESS : undefined));
    expect(await model(prompt)).toMatchObject({ ok: true });
    expect(await model(prompt)).toMatchObject({ ok: true });
    expect(asked.slice(1)).toEqual([PLAIN, PLAIN]);
  });

  it('is believed after three of them in vain', async () => {
    const { model, asked } = await picky(() => WORDLESS);
    for (let i = 0; i < 5; i += 1) expect(await model(prompt)).toMatchObject({ ok: false, retryAfterMs: null });
    const inVain = [true, false, false, false];
    expect(asked.map((body) => 'temperature' in body)).toEqual([...inVain, ...inVain, ...inVain, true, true]);
  });

  it('and has words of the question in its refusal, is believed as soon', async () => {
    const { model, asked } = await picky((body) => ({ error: { message: `what is ${JSON.stringify(body)}?` } }));
    for (let i = 0; i < 9; i += 1) expect(await model(prompt)).toMatchObject({ ok: false, retryAfterMs: null });
    expect(asked.length).toBeLessThanOrEqual(3 * 7 + 6);
    expect(asked.slice(-6).every((body) => 'temperature' in body)).toBe(true);
  });

  it('and took the same form before has refused the question, whatever words it quotes of it', async () => {
    let refusal: unknown;
    const { model, asked } = await picky(() => refusal);
    expect(await model(prompt)).toMatchObject({ ok: true });
    for (refusal of [WORDLESS, { error: { message: 'filtered: “is temperature not supported?”' } }])
      expect(await model(prompt)).toMatchObject({ ok: false });
    refusal = undefined;
    expect(await model(prompt)).toMatchObject({ ok: true });
    expect(asked).toHaveLength(4);
    expect(asked.at(-1)).toMatchObject({ temperature: 0 });
  });

  it('is another model behind the name once it refuses that form five times in a row', async () => {
    let isOther = false;
    const { model, asked } = await picky((body) =>
      isOther && 'temperature' in body ? { error: { message: 'no temperature, please' } } : undefined,
    );
    expect(await model(prompt)).toMatchObject({ ok: true });
    isOther = true;
    const isAnswered: boolean[] = [];
    for (let i = 0; i < 6; i += 1) isAnswered.push((await model(prompt)).ok);
    expect(isAnswered).toEqual([false, false, false, false, true, true]);
    expect(asked).toHaveLength(8);
  });
});

describe('the limit of a reply', () => {
  const limitIn = (body: Record<string, unknown>) => body['max_completion_tokens'] ?? body['max_tokens'] ?? null;
  const refusalOf = (message: string, more: object = {}) => ({ error: { message, ...more } });

  it('has its older name where the newer one is refused, and is left out where both are, from then on at once', async () => {
    const older = await picky((body) =>
      'max_completion_tokens' in body
        ? { detail: [{ loc: ['body', 'max_completion_tokens'], msg: 'Extra inputs are not permitted' }] }
        : undefined,
    );
    for (let i = 0; i < 2; i += 1) expect(await older.model(prompt)).toMatchObject({ ok: true });
    expect(older.asked.map((body) => body['max_tokens'])).toEqual([undefined, LIMIT_TOKENS, LIMIT_TOKENS]);
    expect(older.asked[2]).toMatchObject({ temperature: 0, response_format: { type: 'json_schema' } });
    const neither = await picky((body) =>
      limitIn(body) === null ? undefined : refusalOf('max_tokens and max_completion_tokens are not known here'),
    );
    for (let i = 0; i < 2; i += 1) expect(await neither.model(prompt)).toMatchObject({ ok: true });
    expect(neither.asked.map(limitIn)).toEqual([LIMIT_TOKENS, LIMIT_TOKENS, null, null]);
  });

  it('outlasts a refusal that names nothing, unless it is what was refused', async () => {
    const { model, asked } = await picky((body) => (limitIn(body) === null ? undefined : refusalOf('Bad request')));
    for (let i = 0; i < 2; i += 1) expect(await model(prompt)).toMatchObject({ ok: true });
    const { messages } = prompt;
    expect(asked.slice(1)).toEqual([
      { model: 'm', messages, max_completion_tokens: LIMIT_TOKENS },
      { model: 'm', messages, max_tokens: LIMIT_TOKENS },
      { model: 'm', messages },
      { model: 'm', messages },
    ]);
  });

  it.each([
    ['max_tokens is too large: 4096. This model supports at most 1024 completion tokens, whereas you provided 4096.'],
    ['max_tokens: 4096 > 1024, which is the maximum allowed number of output tokens for m'],
    ['`max_completion_tokens` must be less than or equal to `1024`'],
  ])('is halved until the model takes it, which is remembered: %s', async (message) => {
    const { model, asked } = await picky((body) => (Number(limitIn(body)) > 1_024 ? refusalOf(message) : undefined));
    for (let i = 0; i < 2; i += 1) expect(await model(prompt)).toMatchObject({ ok: true });
    expect(asked.map((body) => body['max_completion_tokens'])).toEqual([4_096, 2_048, 1_024, 1_024]);
  });

  it.each([
    [
      "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (4904 in the messages, 4096 in the completion).",
      { code: 'context_length_exceeded' },
    ],
    [
      "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 8192 tokens and your request has 4904 input tokens (4096 > 8192 - 4904).",
      { code: 400 },
    ],
    ['input length and `max_tokens` exceed context limit: 4904 + 4096 > 8192', {}],
  ])('leaves a long question its room, and others theirs: %s', async (message, more) => {
    let isLong = false;
    const { model, asked } = await picky((body) =>
      isLong && Number(limitIn(body)) > 2_048 ? refusalOf(message, more) : undefined,
    );
    for (isLong of [false, true, false]) expect(await model(prompt)).toMatchObject({ ok: true });
    expect(asked.map(limitIn)).toEqual([4_096, 4_096, 2_048, 4_096]);
  });

  it('of a question that is too long whatever the limit, is given up before it is none', async () => {
    const { model, asked } = await picky(() => refusalOf('too long', { code: 'context_length_exceeded' }));
    expect(await model(prompt)).toMatchObject({ ok: false, retryAfterMs: null });
    expect(asked.map(limitIn)).toEqual([4_096, 2_048, 1_024, 512]);
  });

  it('has its older name where the newer one is overlooked', async () => {
    const asked: Record<string, unknown>[] = [];
    const url = await serve(
      byBody((body, res) => {
        asked.push(body);
        res.end(completion('hi', { prompt_tokens: 5, completion_tokens: 'max_tokens' in body ? 9 : 100_000 }));
      }),
    );
    const model = modelAt(url);
    for (let i = 0; i < 3; i += 1) expect(await model(prompt)).toMatchObject({ ok: true });
    expect(asked.map((body) => 'max_tokens' in body)).toEqual([false, true, true]);
  });
});

it('a model that wrote no JSON where it was held to some may be asked again, in the same form', async () => {
  const { model, asked } = await picky(() => ({ error: { message: 'no JSON', code: 'json_validate_failed' } }));
  expect(await model(prompt)).toMatchObject({ ok: false, retryAfterMs: 200, isPaid: true });
  expect(asked).toHaveLength(1);
});

describe('an error in an answer with status 200', () => {
  const asks = async (document: object, headers = {}) => {
    const url = await serve((_, res) => void res.writeHead(200, headers).end(JSON.stringify(document)));
    return modelAt(url)(prompt);
  };

  it.each([
    [{ error: { message: 'slow down', code: 429 } }, { retryAfterMs: 200, isBusy: true }],
    [
      { error: { message: 'overloaded', code: '503' }, choices: [] },
      { retryAfterMs: 200, isBusy: true },
    ],
    [
      { object: 'error', message: 'gone', code: 404 },
      { retryAfterMs: null, isBusy: false },
    ],
    [{ error: { message: 'odd' } }, { retryAfterMs: 200, isBusy: false }],
    [
      { choices: [{ message: { content: '{"score":' }, finish_reason: 'error' }] },
      { retryAfterMs: 200, isBusy: false },
    ],
  ])('is one: %j', async (document, failure) => {
    expect(await asks(document)).toMatchObject({ ok: false, ...failure });
  });

  it('that refuses a member is a refusal of it', async () => {
    const asked: object[] = [];
    const url = await serve(
      byBody((body, res) => {
        asked.push(body);
        res.end('temperature' in body ? '{"error":{"message":"no temperature","code":400}}' : completion('hi'));
      }),
    );
    expect(await modelAt(url)(prompt)).toMatchObject({ ok: true, content: 'hi' });
    expect(asked).toHaveLength(2);
  });

  it('is none where it says so', async () => {
    const choices = [{ message: { content: 'hi' } }];
    expect(await asks({ error: null, choices })).toMatchObject({ ok: true, content: 'hi' });
  });
});
