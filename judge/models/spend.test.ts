import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replyLimitOf } from './reply-limit.ts';
import { amountOf, estimateOf, nothingSpent, priceOf, replyTokensOf, reserve, settle } from './spend.ts';

const HOUR_MS = 3_600_000;
const limits = { maxTokens: 1_000, maxUsd: 1 };
const of = (tokens: number, usd = 0) => ({ tokens, usd });

describe('an hour’s budget', () => {
  it('says which limit is used up, and counts what is under way', () => {
    const first = reserve(nothingSpent(0), limits, of(600), 0);
    expect(first.usedUp).toBeNull();
    expect(reserve(first.spend, limits, of(600), 1).usedUp).toBe('tokens');
    expect(reserve(first.spend, limits, of(1, 1.01), 1).usedUp).toBe('usd');
    expect(reserve(first.spend, limits, of(400), 1).usedUp).toBeNull();
  });

  it('puts what was really spent in the estimate’s place', () => {
    const { spend, reservation } = reserve(nothingSpent(0), limits, of(600, 0.5), 0);
    if (!reservation) throw new Error('it was refused');
    expect(settle(spend, reservation, of(100, 0.125))).toEqual({ hour: 0, tokens: 100, usd: 0.125 });
  });

  it('begins anew with the clock hour, and what ends in it counts there', () => {
    const { spend, reservation } = reserve(nothingSpent(0), limits, of(900), HOUR_MS - 1);
    const next = reserve(spend, limits, of(900), HOUR_MS);
    expect(next).toMatchObject({ usedUp: null, spend: { hour: 1, tokens: 900 } });
    if (!reservation) throw new Error('it was refused');
    expect(settle(next.spend, reservation, of(50))).toEqual({ hour: 1, tokens: 950, usd: 0 });
  });

  it('is not given out twice by a clock that steps back', () => {
    const { spend } = reserve(nothingSpent(HOUR_MS), limits, of(900), HOUR_MS);
    expect(reserve(spend, limits, of(900), 0).usedUp).toBe('tokens');
  });

  it('is never passed by calls that cost no more than was thought, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.boolean())), (calls) => {
        let spend = nothingSpent(0);
        let spent = 0;
        for (const [tokens, endsAtOnce] of calls) {
          const reserved = reserve(spend, limits, of(tokens), 0);
          ({ spend } = reserved);
          if (!reserved.reservation) continue;
          spent += tokens;
          if (endsAtOnce) spend = settle(spend, reserved.reservation, of(tokens));
        }
        expect(spent).toBeLessThanOrEqual(limits.maxTokens);
      }),
    );
  });
});

it('prices are of a million tokens, and an estimate is of the prompt, a short verdict and what it lists', () => {
  const prices = { promptUsdPerMillion: 2, completionUsdPerMillion: 10 };
  expect(priceOf(prices, 1_000, 100)).toBeCloseTo(0.003);
  expect(estimateOf(prices, 'x'.repeat(400))).toEqual(amountOf(prices, 100, 120));
  expect(estimateOf(prices, '間'.repeat(400))).toEqual(amountOf(prices, 300, 120));
  expect(estimateOf(prices, 'x'.repeat(400), 'x'.repeat(40))).toEqual(amountOf(prices, 100, 130));
});

it('a reply’s limit holds four times what is reckoned with and room to think, has few values, and is never endless', () => {
  const prompt = { messages: [], canary: 'c' };
  const limitOf = (characters: number, thinksLong = false) =>
    replyLimitOf({ ...prompt, listed: 'x'.repeat(characters) }, thinksLong);
  expect([replyLimitOf(prompt, false), replyLimitOf(prompt, true)]).toEqual([4_096, 16_384]);
  for (const characters of [0, 400, 4_000, 32_000]) {
    expect(limitOf(characters)).toBeGreaterThan(replyTokensOf('x'.repeat(characters)) * 3);
    expect(limitOf(characters, true)).toBeGreaterThanOrEqual(limitOf(characters));
  }
  const all = Array.from({ length: 3_300 }, (_, i) => [limitOf(10 * i), limitOf(10 * i, true)]).flat();
  expect(new Set(all)).toEqual(new Set([4_096, 8_192, 16_384, 32_768]));
});
