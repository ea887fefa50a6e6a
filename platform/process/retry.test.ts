import { expect, it } from 'vitest';
import { backoff, retryForever } from './retry.ts';

it('doubles the wait up to its limit', () => {
  const waits = [1, 2, 3, 4, 5, 1_000].map((attempt) => backoff(attempt, { firstMs: 100, maxMs: 1_000 }));
  expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

const clockOf = () => {
  const slept: number[] = [];
  return { slept, clock: { nowMs: () => 0, sleep: async (ms: number) => void slept.push(ms) } };
};

it('runs until it succeeds', async () => {
  const { slept, clock } = clockOf();
  const told: unknown[] = [];
  const result = await retryForever(
    async (attempt) => {
      if (attempt < 4) throw new Error(`no ${attempt}`);
      return attempt;
    },
    {
      clock,
      firstMs: 10,
      maxMs: 20,
      onRetry: (error, attempt, waitMs) => told.push([(error as Error).message, attempt, waitMs]),
    },
  );
  expect(result).toBe(4);
  expect(slept).toEqual([10, 20, 20]);
  expect(told).toEqual([
    ['no 1', 1, 10],
    ['no 2', 2, 20],
    ['no 3', 3, 20],
  ]);
});

it('ends with the last error when it is stopped, or when no retry would help', async () => {
  const { clock } = clockOf();
  const stop = new AbortController();
  let runs = 0;
  const failing = async (): Promise<never> => {
    runs += 1;
    if (runs === 3) stop.abort();
    throw new Error(`no ${runs}`);
  };
  await expect(retryForever(failing, { clock, signal: stop.signal })).rejects.toThrow('no 3');
  await expect(retryForever(failing, { clock, isRetriable: () => false })).rejects.toThrow('no 4');
});
