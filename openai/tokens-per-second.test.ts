import { expect, it } from 'vitest';
import { tokensPerSecond } from './tokens-per-second.ts';

it.each([
  [
    'a plain answer takes its whole time',
    { stream: false, latencyMs: 500, firstByteMs: 100, completionTokens: 20 },
    40,
  ],
  [
    'a stream is written from its first byte on',
    { stream: true, latencyMs: 500, firstByteMs: 100, completionTokens: 20 },
    50,
  ],
  ['a stream without a first byte', { stream: true, latencyMs: 500, firstByteMs: null, completionTokens: 20 }, null],
  ['what was there at once', { stream: true, latencyMs: 100.5, firstByteMs: 100, completionTokens: 20 }, null],
  ['no tokens', { stream: false, latencyMs: 500, firstByteMs: null, completionTokens: 0 }, null],
  ['tokens that nobody counted', { stream: false, latencyMs: 500, firstByteMs: null, completionTokens: null }, null],
])('%s', (_, answer, perSecond) => {
  expect(tokensPerSecond(answer)).toBe(perSecond);
});
