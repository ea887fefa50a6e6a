import { describe, expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { createJudgeEvents } from '../events.ts';
import { type CallFailure, createModelGate, type GateOptions } from './model-gate.ts';
import { createWaits } from './waits.ts';
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
  const waits = createWaits(clock);
  const requestsPerMinute = Number.POSITIVE_INFINITY;
  const gate = createModelGate({ clock, events, concurrency: 4, requestsPerMinute, waits, ...more });
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

  it('takes one for away that was nothing but busy for two minutes, tells so, and asks again every ten seconds', async () => {
    const { call, atMs, clock, metrics } = setUp();
    const busy = failure({ isBusy: true, retryAfterMs: 30_000, reason: 'answered 503' });
    const askedAtMs: number[] = [];
    for (let i = 0; i < 5; i++) {
      await call(busy);
      askedAtMs.push(clock.nowMs());
    }
    expect(askedAtMs).toEqual([0, 30_000, 60_000, 90_000, 120_000]);
    const before = clock.nowMs();
    expect(await call()).toMatchObject({ ok: false, reason: 'the judge model is away', retryAfterMs: null });
    expect(clock.nowMs()).toBe(before);
    expect(atMs).toHaveLength(5);
    expect(await metrics.text()).toContain('coalmine_judge_model_not_asked_total 1');
    clock.set(before + 30_000);
    await call(failure({ isBusy: true, retryAfterMs: 0 }));
    expect(await call()).toMatchObject({ ok: false, reason: 'the judge model is away' });
    clock.set(clock.nowMs() + 10_000);
    expect(await call()).toEqual(fine);
  });

  it('goes on waiting for one that is busy for hours and answers in between', async () => {
    const { call, atMs } = setUp();
    for (let i = 0; i < 40; i++) await call(i % 4 === 3 ? fine : failure({ isBusy: true, retryAfterMs: 60_000 }));
    expect(atMs).toHaveLength(40);
  });

  it('leaves a model alone for ten seconds after five failures in a row, and then asks again', async () => {
    const { call, atMs, clock } = setUp();
    for (let i = 0; i < 5; i++) await call(failure());
    expect(await call()).toMatchObject({ ok: false, reason: 'the judge model is away', retryAfterMs: null });
    expect(atMs).toHaveLength(5);
    clock.set(10_000);
    expect(await call()).toEqual(fine);
  });

  it('refuses at once what is asked of a model that is away, however few calls a minute it takes', async () => {
    const { call, atMs, clock } = setUp({ requestsPerMinute: 60, concurrency: 1 });
    for (let i = 0; i < 5; i++) await call(failure());
    const awayAtMs = clock.nowMs();
    const refused = await Promise.all(Array.from({ length: 9 }, () => call()));
    expect(refused.map((one) => one.ok)).not.toContain(true);
    expect(clock.nowMs()).toBe(awayAtMs);
    clock.set(awayAtMs + 10_000);
    expect(await call()).toEqual(fine);
    expect(atMs.at(-1)).toBe(awayAtMs + 10_000);
  });

  it('gives up what has waited for five minutes, and goes on with the rest', async () => {
    const { call, atMs, metrics } = setUp({ requestsPerMinute: 1, concurrency: 1 });
    const results = await Promise.all(Array.from({ length: 9 }, () => call()));
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, false, false, false]);
    expect(results.at(-1)).toMatchObject({ reason: expect.stringContaining('too busy'), retryAfterMs: null });
    expect(await metrics.text()).toContain('coalmine_judge_model_not_asked_total 3');
    expect(await call()).toEqual(fine);
    expect(atMs).toHaveLength(7);
  });

  it('forgets failures with the first answer', async () => {
    const { call, atMs } = setUp();
    for (let i = 0; i < 12; i++) await call(i % 4 === 3 ? fine : failure());
    expect(atMs).toHaveLength(12);
  });
});
