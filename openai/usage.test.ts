import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Body } from '../schemas/exchange.ts';
import { usageOf } from './usage.ts';

const PRICE = { promptUsdPerMillion: 2, completionUsdPerMillion: 10 };
const UNKNOWN = { promptTokens: null, completionTokens: null, costUsd: null };
const plain = (text: string): Body => ({
  state: 'full',
  contentType: 'application/json',
  text,
  sizeBytes: 0,
  sha256: '',
});
const stream = (text: string): Body => ({ ...plain(text), contentType: 'text/event-stream' });
const USAGE = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };

describe('usageOf', () => {
  it('counts and prices the usage of a plain answer', () => {
    const usage = usageOf(plain(JSON.stringify({ choices: [], usage: USAGE })), PRICE);
    expect(usage).toEqual({ promptTokens: 1000, completionTokens: 100, costUsd: 0.003 });
  });

  it('has no cost without a price', () => {
    expect(usageOf(plain(JSON.stringify({ usage: USAGE })), undefined)).toMatchObject({
      promptTokens: 1000,
      costUsd: null,
    });
  });

  it.each(['\n', '\r\n', '\r'])('finds it at the end of a stream with lines ended by %j', (ending) => {
    const lines = [
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'say "usage":{"prompt_tokens":9}' } }], usage: null })}`,
      '',
      `data: {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}`,
      '',
      'data: [DONE]',
      '',
    ];
    expect(usageOf(stream(lines.join(ending)), PRICE)).toEqual({
      promptTokens: 1000,
      completionTokens: 100,
      costUsd: 0.003,
    });
  });

  it('takes the last usage of a stream that tells it more than once', () => {
    const text = [1, 2, 3]
      .map((n) => `data: ${JSON.stringify({ usage: { prompt_tokens: n, completion_tokens: 0 } })}\n\n`)
      .join('');
    expect(usageOf(stream(text), PRICE).promptTokens).toBe(3);
  });

  it.each([
    ['{"usage":{"prompt_tokens":5}}', [5, null]],
    ['{"usage":{"completion_tokens":5}}', [null, 5]],
    ['{"usageMetadata":{"promptTokenCount":5}}', [5, null]],
    ['{"usage":{"cache_read_input_tokens":800,"output_tokens":5}}', [null, 5]],
    ['{"usageMetadata":{"toolUsePromptTokenCount":800,"candidatesTokenCount":5}}', [null, 5]],
  ])(
    'counts what is told where a part is missing, and knows no cost then but of what has no price: %s',
    (text, told) => {
      const of = (price: typeof PRICE) => usageOf(plain(text), price);
      expect([of(PRICE).promptTokens, of(PRICE).completionTokens]).toEqual(told);
      expect(of(PRICE).costUsd).toBeNull();
      const [prompt, completion] = told;
      const onlyPrompt = of({ promptUsdPerMillion: 2, completionUsdPerMillion: 0 });
      expect(onlyPrompt.costUsd).toBe(prompt === null ? null : (prompt! * 2) / 1e6);
      const onlyCompletion = of({ promptUsdPerMillion: 0, completionUsdPerMillion: 10 });
      expect(onlyCompletion.costUsd).toBe(completion === null ? null : (completion! * 10) / 1e6);
    },
  );

  it.each([
    '{"object":"list","data":[{"embedding":[1]}],"usage":{"prompt_tokens":5,"total_tokens":5}}',
    '{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}',
  ])('takes what a total leaves for what was written, which is nothing here: %s', (text) => {
    expect(usageOf(plain(text), PRICE)).toEqual({ promptTokens: 5, completionTokens: 0, costUsd: 0.00001 });
  });

  it('costs nothing where nothing has a price, and is unknown where something has', () => {
    const free = { promptUsdPerMillion: 0, completionUsdPerMillion: 0 };
    expect(usageOf(plain('{}'), free)).toEqual({ ...UNKNOWN, costUsd: 0 });
    expect(usageOf(plain('{}'), { ...free, completionUsdPerMillion: 1 })).toEqual(UNKNOWN);
  });

  it.each([
    plain(''),
    plain('{}'),
    plain('{"usage":null}'),
    plain('{"usage":"lots"}'),
    plain('{"usage":{"prompt_tokens":-1,"completion_tokens":1.5}}'),
    plain('{"usage":{"prompt_tokens":"5","completion_tokens":1e300}}'),
    plain('{"usage":{"prompt_tokens":5'),
    plain('[{"usage":{"prompt_tokens":5}}]'),
    plain(JSON.stringify({ choices: [{ message: { content: '{"usage":{"prompt_tokens":5}}' } }] })),
    stream('"usage"'),
    stream('data: {"usage":{"prompt_tokens":5'),
    stream('data: [DONE]\n\n'),
  ])('knows nothing of %j', (body) => expect(usageOf(body, PRICE)).toEqual(UNKNOWN));

  it('never throws, and counts are whole numbers or unknown', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((j) => `data: {"usage":${j}}\n\n`),
      fc.json().map((j) => `{"usage":${j}}`),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (t, isStream) => {
        const { promptTokens } = usageOf(isStream ? stream(t) : plain(t), PRICE);
        expect(promptTokens === null || Number.isInteger(promptTokens)).toBe(true);
      }),
    );
  });

  it('ends on 4 MiB of key names', () => {
    expect(usageOf(stream('data: "usage" '.repeat(300_000)), PRICE)).toEqual(UNKNOWN);
    expect(usageOf(plain('"usage"'.repeat(600_000)), PRICE)).toEqual(UNKNOWN);
    const cut = (end: string) => usageOf({ ...plain('{'), end }, PRICE);
    for (const hostile of ['"usage":{', '\\"', '\\', '}', ']', ' ', '{"usage":{}}'])
      expect(cut(`${hostile.repeat(600_000)}}`).costUsd).toBeNull();
  });
});

describe('usage as others tell it', () => {
  const CACHED_PRICE = { ...PRICE, cachedPromptUsdPerMillion: 0.5 };
  const counts = (value: unknown) => {
    const { promptTokens, completionTokens } = usageOf(plain(JSON.stringify(value)), PRICE);
    return [promptTokens, completionTokens];
  };

  it('is read from responses, plain and streamed', () => {
    const usage = { input_tokens: 1000, output_tokens: 100, input_tokens_details: { cached_tokens: 0 } };
    expect(counts({ usage })).toEqual([1000, 100]);
    const last = `data: ${JSON.stringify({ type: 'response.completed', response: { usage } })}\n\n`;
    expect(usageOf(stream(last), PRICE)).toMatchObject({ promptTokens: 1000, completionTokens: 100, costUsd: 0.003 });
  });

  it('is read from Anthropic, the cached prompt counted with the rest', () => {
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 190,
      cache_read_input_tokens: 800,
      output_tokens: 100,
    };
    expect(usageOf(plain(JSON.stringify({ type: 'message', usage })), CACHED_PRICE)).toEqual({
      promptTokens: 1000,
      completionTokens: 100,
      costUsd: (200 * 2 + 800 * 0.5 + 100 * 10) / 1e6,
    });
    const events = [
      { type: 'message_start', message: { usage: { ...usage, output_tokens: 1 } } },
      { type: 'ping' },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 100, input_tokens: 0 } },
      { type: 'message_stop' },
    ];
    const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    expect(usageOf(stream(text), CACHED_PRICE)).toMatchObject({ promptTokens: 1000, completionTokens: 100 });
  });

  it('is read from Groq’s last chunk', () => {
    const last = { choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { id: 'r', usage: USAGE } };
    const text = `data: {"choices":[],"x_groq":{"id":"r"}}\n\ndata: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`;
    expect(usageOf(stream(text), PRICE)).toEqual({ promptTokens: 1000, completionTokens: 100, costUsd: 0.003 });
  });

  it('is read from Gemini: plain, as a stream of events and as one list', () => {
    const usageMetadata = {
      promptTokenCount: 990,
      toolUsePromptTokenCount: 10,
      cachedContentTokenCount: 800,
      candidatesTokenCount: 60,
      thoughtsTokenCount: 40,
      totalTokenCount: 1100,
    };
    const first = { candidates: [], usageMetadata: { promptTokenCount: 990, totalTokenCount: 990 } };
    const last = { candidates: [], usageMetadata };
    const found = { promptTokens: 1000, completionTokens: 100, costUsd: (200 * 2 + 800 * 0.5 + 100 * 10) / 1e6 };
    expect(usageOf(plain(JSON.stringify(last)), CACHED_PRICE)).toEqual(found);
    expect(usageOf(plain(JSON.stringify([first, last])), CACHED_PRICE)).toEqual(found);
    const text = [first, last].map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('');
    expect(usageOf(stream(text), CACHED_PRICE)).toEqual(found);
  });

  it.each([
    { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 800 } },
    { input_tokens: 1000, output_tokens: 100, input_tokens_details: { cached_tokens: 800 } },
    { prompt_tokens: 1000, completion_tokens: 100, cache_read_input_tokens: 800, cache_creation_input_tokens: 100 },
    { prompt_tokens: 1000, completion_tokens: 100, prompt_cache_hit_tokens: 800, prompt_cache_miss_tokens: 200 },
    { prompt_tokens: 1000, completion_tokens: 100, cached_tokens: 800 },
    { input_tokens: 1000, output_tokens: 100, input_token_details: { text_tokens: 200, cached_tokens: 800 } },
    { input_tokens: 100, output_tokens: 100, cache_read_input_tokens: 800, cache_creation_input_tokens: 100 },
    {
      prompt_tokens: 1000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 0 },
      cache_read_input_tokens: 800,
    },
  ])('has a price of its own for what the upstream had in its cache: %j', (usage) => {
    const costOf = (price: typeof PRICE) => usageOf(plain(JSON.stringify({ usage })), price);
    expect(costOf(CACHED_PRICE)).toEqual({
      promptTokens: 1000,
      completionTokens: 100,
      costUsd: (200 * 2 + 800 * 0.5 + 100 * 10) / 1e6,
    });
    expect(costOf(PRICE).costUsd).toBe(0.003);
    expect(costOf({ ...PRICE, cachedPromptUsdPerMillion: null } as typeof PRICE).costUsd).toBe(0.003);
  });

  it('never has more in the cache than there is', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 800 } };
    expect(usageOf(plain(JSON.stringify({ usage })), CACHED_PRICE).costUsd).toBe(5 / 1e6);
  });
});
