import { describe, expect, it } from 'vitest';
import { usageOf } from './usage.ts';

/** What is told of long answers, of which no more is there than the beginning and the end. */

const PRICE = { promptUsdPerMillion: 3, completionUsdPerMillion: 15, cachedPromptUsdPerMillion: 0.3 };
const SSE = 'text/event-stream';
const JSON_TYPE = 'application/json';
const TEXT = 'say "usage":{"prompt_tokens":9} \\ and {so} on. '.repeat(200);

const named = (...events: { type: string }[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const chunks = (...values: object[]): string => values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');
const delta = { choices: [{ index: 0, delta: { content: TEXT.slice(0, 300) } }], usage: null };
const DELTAS = Array.from({ length: 60 }, () => delta);
const USAGE = { prompt_tokens: 1000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 800 } };
const RESPONSES_USAGE = { input_tokens: 1000, output_tokens: 100, input_tokens_details: { cached_tokens: 800 } };
const gemini = (written: number) => ({
  candidates: [{ content: { parts: [{ text: TEXT.slice(0, 300) }] } }],
  usageMetadata: { promptTokenCount: 1000, cachedContentTokenCount: 800, candidatesTokenCount: written },
  modelVersion: 'gemini',
});
const GEMINI = Array.from({ length: 50 }, (_, i) => gemini(2 * i + 2));
const WORDS = Array.from({ length: 60 }, () => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: TEXT.slice(0, 300) },
}));
const MESSAGE_USAGE = { input_tokens: 150, cache_creation_input_tokens: 50, cache_read_input_tokens: 800 };
const response = (text: string) => ({
  id: 'resp_1',
  output: [{ type: 'message', content: [{ type: 'output_text', text }] }],
  tools: [{ type: 'function', parameters: { properties: { usage: { input_tokens: 5 } } } }],
  usage: RESPONSES_USAGE,
  metadata: {},
});

const ANSWERS: [what: string, contentType: string, text: string][] = [
  ['a chat’s stream', SSE, `${chunks(...DELTAS, { choices: [], usage: USAGE })}data: [DONE]\n\n`],
  [
    'one with CRLF',
    SSE,
    `${chunks(...DELTAS, { choices: [], usage: USAGE })}data: [DONE]\n\n`.replaceAll('\n', '\r\n'),
  ],
  [
    'one that tells it in every chunk',
    SSE,
    chunks(...DELTAS.map((one, i) => ({ ...one, usage: { ...USAGE, completion_tokens: i + 41 } }))),
  ],
  [
    'Groq’s',
    SSE,
    `${chunks(...DELTAS, { choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { id: 'r', usage: USAGE } })}data: [DONE]\n\n`,
  ],
  ['Gemini’s', SSE, chunks(...GEMINI)],
  ['Gemini’s as one list', JSON_TYPE, JSON.stringify(GEMINI, null, 2)],
  [
    'Anthropic’s',
    SSE,
    named(
      {
        type: 'message_start',
        message: { role: 'assistant', content: [], usage: { ...MESSAGE_USAGE, output_tokens: 1 } },
      } as never,
      ...WORDS,
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 100 } } as never,
      { type: 'message_stop' },
    ),
  ],
  [
    'a response’s',
    SSE,
    named(
      { type: 'response.created', response: { usage: null } } as never,
      { type: 'response.completed', response: response(TEXT) } as never,
    ),
  ],
  [
    'JSON lines',
    'application/x-ndjson',
    [...DELTAS, { done: true, usage: USAGE }].map((one) => `${JSON.stringify(one)}\n`).join(''),
  ],
  [
    'a plain chat',
    JSON_TYPE,
    JSON.stringify({ choices: [{ message: { content: TEXT } }], usage: USAGE, system: { a: {} } }),
  ],
  ['a plain response', JSON_TYPE, JSON.stringify(response(TEXT), null, 2)],
  [
    'a plain message',
    JSON_TYPE,
    JSON.stringify({ type: 'message', content: [{ text: TEXT }], usage: { ...MESSAGE_USAGE, output_tokens: 100 } }),
  ],
  ['one that tells it first', JSON_TYPE, JSON.stringify({ usage: USAGE, choices: [{ message: { content: TEXT } }] })],
];
/** 200 × 3 + 800 × 0.3 + 100 × 15, in millionths. */
const COST = 2_340 / 1e6;

const cut = (contentType: string, text: string, first: number, last: number) =>
  usageOf({ contentType, text: text.slice(0, first), end: text.slice(text.length - last) }, PRICE);

describe.each(ANSWERS)('the usage of a long answer: %s', (_, contentType, text) => {
  it('is what the whole tells', () => {
    expect(text.length).toBeGreaterThan(9_000);
    expect(usageOf({ contentType, text }, PRICE)).toEqual({ promptTokens: 1000, completionTokens: 100, costUsd: COST });
  });

  it('is right or unknown, wherever it is cut', () => {
    const lengths = [0, 1, 7, 30, 64, 100, 150, 199, 250, 333, 400, 500, 700, 1_000, 3_000, 8_192];
    for (const first of lengths)
      for (let last = 0; last <= text.length; last += last < 700 ? 1 : 997)
        expect([COST, null], `${first} and ${last}`).toContain(cut(contentType, text, first, last).costUsd);
  });

  it('is known of its first and last 8 KiB', () => {
    const isAtEnd = !text.startsWith('{"usage"');
    expect(cut(contentType, text, 8_192, 8_192).costUsd).toBe(isAtEnd ? COST : null);
  });
});

describe('the usage of a long answer', () => {
  const [, , ANTHROPIC] = ANSWERS.find(([what]) => what === 'Anthropic’s')!;

  it('of which the beginning or the end is missing is told in part, without a cost', () => {
    expect(cut(SSE, ANTHROPIC, 0, 8_192)).toEqual({ promptTokens: null, completionTokens: 100, costUsd: null });
    expect(cut(SSE, ANTHROPIC, 8_192, 0)).toEqual({ promptTokens: 1000, completionTokens: null, costUsd: null });
  });

  it('that broke off is not what Anthropic tells of its first word', () => {
    const text = ANTHROPIC.slice(0, ANTHROPIC.indexOf('event: message_delta'));
    expect(usageOf({ contentType: SSE, text }, PRICE)).toEqual({
      promptTokens: 1000,
      completionTokens: null,
      costUsd: null,
    });
  });

  it('is that of no step within it, nor of a text', () => {
    const step = { usage: USAGE, text: TEXT };
    const unknown = { promptTokens: null, completionTokens: null, costUsd: null };
    for (const value of [{ steps: [step, step] }, { steps: [step], last: step }, { text: JSON.stringify(step) }])
      expect(cut(JSON_TYPE, JSON.stringify(value), 8_192, 8_192)).toEqual(unknown);
  });

  it('is read of a stream without a type, too', () => {
    for (const [what, contentType, text] of ANSWERS)
      if (contentType === SSE) expect(cut('', text, 8_192, 8_192).costUsd, what).toBe(COST);
  });
});
