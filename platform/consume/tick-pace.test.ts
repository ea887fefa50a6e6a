import { describe, expect, it } from 'vitest';
import type { Clock } from '../process/clock.ts';
import { createTickPace } from './tick-pace.ts';

/** A clock on which sleeping takes no time; `onSleep` happens in the middle of a sleep, and may end it. */
const leapingClock = (startMs: number, onSleep: (fromMs: number, toMs: number) => number | undefined) => {
  let nowMs = startMs;
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      const toMs = nowMs + ms;
      const atMs = onSleep(nowMs, toMs);
      if (atMs !== undefined && signal?.aborted) nowMs = atMs;
      else nowMs = toMs;
    },
  };
  return { clock, set: (ms: number) => (nowMs = ms) };
};

/** When ticks are due from `startMs` on, if something is written at these times. */
const ticksFrom = async (startMs: number, count: number, writesMs: readonly number[]): Promise<number[]> => {
  const left = [...writesMs];
  const { clock, set } = leapingClock(startMs, (fromMs, toMs) => {
    let at: number | undefined;
    while (left[0] !== undefined && left[0] < toMs) {
      at = Math.max(fromMs, left.shift()!);
      set(at);
      pace.wrote();
    }
    set(fromMs);
    return at;
  });
  const pace = createTickPace(clock);
  const ticks: number[] = [];
  while (ticks.length < count) {
    await pace.untilDue(new AbortController().signal);
    ticks.push(clock.nowMs());
  }
  return ticks;
};

describe('the pace of ticks', () => {
  it('is a second while something is written, on whole seconds', async () => {
    const writes = Array.from({ length: 60 }, (_, i) => 10_300 + i * 150);
    expect(await ticksFrom(10_250, 9, writes)).toEqual([
      11_000, 12_000, 13_000, 14_000, 15_000, 16_000, 17_000, 18_000, 19_000,
    ]);
  });

  it('is five seconds after three without a write', async () => {
    expect(await ticksFrom(10_250, 7, [10_500])).toEqual([11_000, 12_000, 13_000, 14_000, 15_000, 20_000, 25_000]);
  });

  it('is a second again from the first write on', async () => {
    expect(await ticksFrom(10_250, 9, [22_480])).toEqual([
      11_000, 12_000, 13_000, 14_000, 15_000, 20_000, 23_000, 24_000, 25_000,
    ]);
  });

  it('does not tick twice where a timer is a little early', async () => {
    const clock: Clock = { nowMs: () => 10_999, sleep: async (ms) => void slept.push(ms) };
    const slept: number[] = [];
    await createTickPace(clock).untilDue(new AbortController().signal);
    expect(slept).toEqual([1_001]);
  });

  it('is shared: a write of one writer lets all tick again', async () => {
    let nowMs = 60_000;
    const sleeping: { ms: number; signal: AbortSignal }[] = [];
    const sleep: Clock['sleep'] = (ms, signal) => {
      sleeping.push({ ms, signal: signal! });
      return new Promise((resolve) => signal!.addEventListener('abort', () => resolve()));
    };
    const pace = createTickPace({ nowMs: () => nowMs, sleep });
    nowMs = 70_100;
    const { signal } = new AbortController();
    void pace.untilDue(signal);
    void pace.untilDue(signal);
    expect(sleeping.map(({ ms }) => ms)).toEqual([4_900, 4_900]);
    pace.wrote();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sleeping.slice(2).map(({ ms }) => ms)).toEqual([900, 900]);
  });

  it('ends with its signal', async () => {
    const stopping = new AbortController();
    const pace = createTickPace({ nowMs: () => 1, sleep: async () => {} });
    stopping.abort();
    await pace.untilDue(stopping.signal);
  });
});
