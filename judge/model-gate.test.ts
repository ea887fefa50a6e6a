import { describe, expect, it } from 'vitest';
import { silentLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { createJudgeEvents } from './events.ts';
import { type CallFailure, createModelGate, type GateOptions } from './model-gate.ts';
import { steppingClock } from './stepping-clock.fixture.ts';

const fine = { ok: true } as const;
const failure = (more: Partial<CallFailure> = {}): CallFailure => ({
  ok: false,
  reason: 'answered 500',
  retryAfterMs: 200,
  isBusy: false,
  ...more,
});

const setUp = (more: Partial<GateOptions> = {}) => {
  const clock = steppingClock(0);
  const metrics = createMetrics('judge');
  const events = createJudgeEvents(silentLog, metrics);
  const gate = createModelGate({ clock, events, concurrency: 4, requestsPerMinute: Number.POSITIVE_INFINITY, ...more });
  const atMs: number[] = [];
  const call = (result: typeof fine | CallFailure = fine) =>
    gate(async () => {
      atMs.push(clock.nowMs());
      return result;
    });
  return { clock, metrics, gate, call, atMs };
};

describe('the gate of a model', () => {
  it('lets no more than `concurrency` calls be under way', async () => {
    const { gate } = setUp({ concurrency: 2 });
    let underWay = 0;
    let most = 0;
    const one = () =>
      gate(async () => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return fine;
      });
    await Promise.all(Array.from({ length: 9 }, one));
    expect(most).toBe(2);
  });

  it('spaces calls by the rate, however many come at once', async () => {
    const { call, atMs } = setUp({ requestsPerMinute: 60, concurrency: 8 });
    await Promise.all(Array.from({ length: 5 }, () => call()));
    expect(atMs).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  it('makes every call wait when one is told to, for as long as it was told', async () => {
    const { call, atMs, metrics } = setUp();
    await call(failure({ isBusy: true, retryAfterMs: 7_000 }));
    await Promise.all([call(), call()]);
    expect(atMs).toEqual([0, 7_000, 7_000]);
    expect(await metrics.text()).toContain('coalmine_judge_model_busy_total 1');
  });

  it('does not take a busy model for one that is away', async () => {
    const { call, atMs } = setUp();
    for (let i = 0; i < 8; i++) await call(failure({ isBusy: true, retryAfterMs: 10 }));
    expect(await call()).toEqual(fine);
    expect(atMs).toHaveLength(9);
  });

  it('leaves a model alone for ten seconds after five failures in a row, and then asks again', async () => {
    const { call, atMs, clock } = setUp();
    for (let i = 0; i < 5; i++) await call(failure());
    expect(await call()).toMatchObject({ ok: false, reason: 'the judge model is away', retryAfterMs: null });
    expect(atMs).toHaveLength(5);
    clock.set(10_000);
    expect(await call()).toEqual(fine);
  });

  it('forgets failures with the first answer', async () => {
    const { call, atMs } = setUp();
    for (let i = 0; i < 12; i++) await call(i % 4 === 3 ? fine : failure());
    expect(atMs).toHaveLength(12);
  });
});
