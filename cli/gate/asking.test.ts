import { describe, expect, it } from 'vitest';
import { steppingClock } from '../../judge/models/stepping-clock.fixture.ts';
import { type AskingDeps, type AskPlan, askAll } from './asking.ts';
import type { Case } from './dataset/case.ts';
import { questionOf } from './dataset/case.fixture.ts';
import { isReply, type Reply } from './reply.ts';
import { type Attempt, NO_REPLY, type Target, TargetError } from './target/target.ts';

const cases = (count: number): Case[] => Array.from({ length: count }, (_, i) => questionOf(`q${i}`));
const reply = (status: number, reason = ''): Reply => ({
  ...NO_REPLY,
  status,
  outcome: status === 200 ? 'ok' : 'upstream_error',
  latencyMs: 1,
  reason,
});
const of = (status: number, rest: Partial<Attempt> = {}): Attempt => ({
  answered: reply(status, `HTTP ${status}`),
  retryAfterMs: status >= 500 || status === 429 || status === 0 ? 0 : null,
  isBusy: false,
  ...rest,
});

type Ask = (id: string, time: number) => Attempt | Promise<Attempt>;

const run = async (count: number, ask: Ask, plan: Partial<AskPlan> = {}, deps: Partial<AskingDeps> = {}) => {
  const clock = steppingClock();
  const asked: string[] = [];
  const kept: string[] = [];
  const target: Target = {
    name: 'http://agent/v1',
    identity: '',
    isContent: false,
    isRecorded: false,
    maxRepeats: 9,
    prices: null,
    ask: async ({ id }, repeat) => {
      asked.push(repeat === 0 ? id : `${id}#${repeat}`);
      return ask(id, asked.filter((one) => one === id).length);
    },
    close: async () => {},
  };
  const results = askAll(
    target,
    cases(count),
    { concurrency: 2, retries: 3, repeats: 1, ...plan },
    {
      clock,
      random: () => 0.5,
      signal: new AbortController().signal,
      keptOf: () => undefined,
      keep: ({ id }) => void kept.push(id),
      onProgress: () => {},
      ...deps,
    },
  );
  return { results, asked, kept, clock };
};

describe('asking', () => {
  it('gives the answers in the order of the questions, each repeat apart from the others', async () => {
    const { results, asked } = await run(3, () => of(200), { repeats: 2 });
    expect((await results).map(({ of, repeat }) => `${of.id}#${repeat}`)).toEqual([
      'q0#0',
      'q1#0',
      'q2#0',
      'q0#1',
      'q1#1',
      'q2#1',
    ]);
    expect(asked).toEqual(['q0', 'q1', 'q2', 'q0#1', 'q1#1', 'q2#1']);
  });

  it('has no more under way than it may', async () => {
    let [now, most] = [0, 0];
    const { results } = await run(
      20,
      async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return of(200);
      },
      { concurrency: 5 },
    );
    await results;
    expect(most).toBe(5);
  });

  it('tries again what may pass by itself, waiting longer each time, and says how often', async () => {
    const { results, asked, clock } = await run(1, (_, time) => of(time < 4 ? 503 : 200));
    expect((await results)[0]?.answered).toMatchObject({ status: 200, attempts: 4 });
    expect(asked).toHaveLength(4);
    expect(clock.slept).toEqual([500, 1_000, 2_000]);
  });

  it('gives up after its retries, and never tries again what will stay so', async () => {
    expect((await (await run(1, () => of(500))).results)[0]?.answered).toMatchObject({ status: 500, attempts: 4 });
    expect((await (await run(1, () => of(400))).results)[0]?.answered).toMatchObject({ status: 400, attempts: 1 });
  });

  it('makes all wait when one is asked to', async () => {
    const { results, clock } = await run(6, (id, time) =>
      id === 'q0' && time === 1 ? of(429, { retryAfterMs: 7_000, isBusy: true }) : of(200),
    );
    await results;
    expect(clock.slept.some((ms) => ms > 6_000)).toBe(true);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(8_000);
  });

  it('asks nobody for what is kept, and keeps the rest as it comes', async () => {
    const progress: number[] = [];
    const { results, asked, kept } = await run(
      4,
      () => of(200),
      {},
      {
        keptOf: ({ id }) => (id === 'q1' ? reply(200, 'from before') : undefined),
        onProgress: ({ kept }) => void progress.push(kept),
      },
    );
    const answers = (await results).map(({ answered }) => isReply(answered) && answered.reason);
    expect(answers[1]).toBe('from before');
    expect(asked).toEqual(['q0', 'q2', 'q3']);
    expect(kept).toEqual(['q0', 'q2', 'q3']);
    expect(progress.at(-1)).toBe(1);
  });
});

describe('asking ends early', () => {
  it.each([
    [0, 'is it up, and is that its address?'],
    [401, 'is the key right?'],
    [404, 'is that its base URL?'],
  ])('where nobody was reached: %i', async (status, told) => {
    const { results, asked, kept } = await run(500, () => of(status), { retries: 0 });
    await expect(results).rejects.toThrow(TargetError);
    await expect(results).rejects.toThrow(told);
    expect(asked.length).toBeLessThan(30);
    expect(kept).toEqual([]);
  });

  it('but not where one of the first was answered, nor where the agent fails by itself', async () => {
    const { results } = await run(50, (id) => of(id === 'q3' ? 200 : 404), { retries: 0 });
    expect(await results).toHaveLength(50);
    expect(await (await run(50, () => of(500), { retries: 0 })).results).toHaveLength(50);
  });

  it('where the target can’t be asked any more, with its reason', async () => {
    const { results, asked } = await run(500, (id) => {
      if (id === 'q10') throw new TargetError('the agent ended by itself');
      return of(200);
    });
    await expect(results).rejects.toThrow('the agent ended by itself');
    expect(asked.length).toBeLessThan(20);
  });

  it('where the user stops it; what was answered is kept', async () => {
    const stop = new AbortController();
    const { results, kept } = await run(
      500,
      (id) => {
        if (id === 'q10') stop.abort(new Error('stopped'));
        return of(200);
      },
      {},
      { signal: stop.signal },
    );
    await expect(results).rejects.toThrow('stopped');
    expect(kept.length).toBeGreaterThan(8);
    expect(kept.length).toBeLessThan(20);
  });
});
