import { describe, expect, it } from 'vitest';
import { NO_USAGE, usageOf } from './usage.ts';

const usage = { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 1 } };
const found = { promptTokens: 7, completionTokens: 3 };

describe('usageOf', () => {
  it('reads a plain answer, whole or only its end', () => {
    const text = JSON.stringify({
      choices: [{ message: { content: '"usage":{"prompt_tokens":99}' } }],
      usage,
      after: { a: 1 },
    });
    expect(usageOf(text, false, true)).toEqual(found);
    expect(usageOf(text.slice(-130), false, false)).toEqual(found);
  });

  it('reads the last usage of a stream', () => {
    const text = `data: ${JSON.stringify({ usage: null })}\n\ndata: {"cut\n\ndata: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`;
    expect(usageOf(text, true, true)).toEqual(found);
  });

  it('is nothing where nothing, or nonsense, is said', () => {
    for (const text of ['', '{', '{"usage":5}', '[]', 'null']) expect(usageOf(text, false, true)).toEqual(NO_USAGE);
    expect(usageOf('{"usage":{"prompt_tokens":-1,"completion_tokens":"x"}}', false, true)).toEqual(NO_USAGE);
  });
});
