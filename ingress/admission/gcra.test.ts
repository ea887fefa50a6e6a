import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateOf, shareOf, takeAll, resultOf } from './gcra.ts';
import type { Rate } from './gcra.ts';

const anyRate = fc
  .record({
    requests: fc.integer({ min: 1, max: 5_000 }),
    per: fc.integer({ min: 1, max: 3_600_000 }),
    burst: fc.integer({ min: 1, max: 50 }),
  })
  .map(rateOf);
/** Pauses between requests, in microseconds, as shares of the emission interval. */
const anyPauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 4, noNaN: true })), { maxLength: 120 });

/** When which requests passed, in microseconds. */
const passed = (rate: Rate, pauses: readonly number[]): number[] => {
  let [nowUs, backlogUs] = [0, 0];
  const times: number[] = [];
  for (const pause of pauses) {
    const pauseUs = Math.ceil(pause * rate.intervalUs);
    nowUs += pauseUs;
    backlogUs = Math.max(0, backlogUs - pauseUs);
    const { allowed, after } = takeAll([rate], [backlogUs]);
    backlogUs = after[0]!;
    if (allowed) times.push(nowUs);
  }
  return times;
};

describe('a limit', () => {
  it('lets no window have more than the burst and what the rate gives in it', () => {
    fc.assert(
      fc.property(anyRate, anyPauses, (rate, pauses) => {
        const times = passed(rate, pauses);
        for (const [i, from] of times.entries())
          for (const [more, to] of times.slice(i).entries())
            expect(more + 1).toBeLessThanOrEqual(rate.burst + (to - from) / rate.intervalUs);
      }),
      { numRuns: 100 },
    );
  });

  it('lets the whole burst pass after a rest, and the next one an interval later', () => {
    const rate = rateOf({ requests: 60, per: 60_000, burst: 3 });
    expect(passed(rate, [0, 0, 0, 0, 0.5, 0.5, 0])).toEqual([0, 0, 0, 1_000_000]);
  });

  it('refuses nobody who keeps to the rate', () => {
    fc.assert(
      fc.property(anyRate, fc.array(fc.double({ min: 1, max: 4, noNaN: true }), { maxLength: 50 }), (rate, pauses) => {
        expect(passed(rate, pauses)).toHaveLength(pauses.length);
      }),
    );
  });

  it('is charged in all buckets or in none', () => {
    const [wide, tight] = [
      rateOf({ requests: 10, per: 1_000, burst: 10 }),
      rateOf({ requests: 1, per: 1_000, burst: 1 }),
    ];
    expect(takeAll([wide, tight], [0, 0])).toEqual({ allowed: true, after: [100_000, 1_000_000] });
    expect(takeAll([wide, tight], [100_000, 1_000_000])).toEqual({ allowed: false, after: [100_000, 1_000_000] });
  });
});

describe('what a client is told', () => {
  const rate = rateOf({ requests: 10, per: 1_000, burst: 4 });
  const standing = (bucket: string, backlogUs: number) => ({ bucket, rate, backlogUs });

  it('is the burst, what is left of it, and when all of it is back', () => {
    expect(resultOf(true, [standing('key:a', 100_000)])).toEqual({
      allowed: true,
      bucket: 'key:a',
      limit: 4,
      remaining: 3,
      resetMs: 100,
      retryAfterMs: 0,
    });
  });

  it('is of the bucket with the least left, or of the one that refuses longest', () => {
    expect(resultOf(true, [standing('key:a', 100_000), standing('agent:b', 300_000)]).bucket).toBe('agent:b');
    const refused = resultOf(false, [standing('key:a', 350_000), standing('agent:b', 400_000), standing('user:c', 0)]);
    expect(refused).toMatchObject({ bucket: 'agent:b', remaining: 0, retryAfterMs: 100 });
  });

  it('holds: who waits as long as told is let pass', () => {
    fc.assert(
      fc.property(anyRate, anyPauses, (any, pauses) => {
        let backlogUs = 0;
        for (const pause of pauses) {
          const { allowed, after } = takeAll([any], [Math.max(0, backlogUs - Math.ceil(pause * any.intervalUs))]);
          backlogUs = after[0]!;
          const { retryAfterMs } = resultOf(allowed, [{ bucket: 'b', rate: any, backlogUs }]);
          if (!allowed) expect(takeAll([any], [Math.max(0, backlogUs - retryAfterMs * 1_000)]).allowed).toBe(true);
        }
      }),
    );
  });
});

describe('the share of one process', () => {
  it('is the limit divided, with a burst of at least one', () => {
    expect(shareOf(rateOf({ requests: 100, per: 1_000, burst: 10 }), 4)).toEqual({ intervalUs: 40_000, burst: 2 });
    expect(shareOf(rateOf({ requests: 100, per: 1_000, burst: 2 }), 4).burst).toBe(1);
  });
});
