import { describe, expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Prompt } from '../questions/prompt.ts';
import { createJudgeEvents } from '../events.ts';
import { type CallFailure, createModelGate } from './model-gate.ts';
import { createWaits } from './waits.ts';
import { createModelJudge, type ModelReply } from './model-judge.ts';
import { steppingClock } from './stepping-clock.fixture.ts';

const promptOf = (text: string): Prompt => ({
  messages: [
    { role: 'system', content: 'Judge.' },
    { role: 'user', content: text },
  ],
  canary: 'c',
});
const said = (content: string): ModelReply => ({ ok: true, content, promptTokens: 1_000, completionTokens: 100 });
const failure = (retryAfterMs: number | null, isBusy = false): CallFailure => ({
  ok: false,
  reason: 'answered 500',
  retryAfterMs,
  isBusy,
});
const COST_USD = 0.003;

const setUp = (script: (call: number) => ModelReply | CallFailure) => {
  const clock = steppingClock();
  const metrics = createMetrics('judge');
  const events = createJudgeEvents(silentLog, metrics);
  let calls = 0;
  const prompts: Prompt[] = [];
  const limits: number[] = [];
  const waits = createWaits(clock);
  const judge = createModelJudge({
    ask: async (prompt, maxTokens) => {
      prompts.push(prompt);
      limits.push(maxTokens);
      return script((calls += 1));
    },
    gate: createModelGate({
      clock,
      events,
      concurrency: 4,
      requestsPerMinute: Number.POSITIVE_INFINITY,
      waits,
    }),
    clock,
    events,
    model: 'gpt-4o',
    family: '',
    prices: { promptUsdPerMillion: 2, completionUsdPerMillion: 10 },
  });
  const ask = (text: string) =>
    judge.ask('tone', promptOf(text), (reply) => (reply === 'good' ? null : `unusable: ${reply}`));
  return { judge, ask, clock, metrics, prompts, limits, waits, calls: () => calls };
};

describe('a judge', () => {
  it('gives a reply that can be used, with what it cost in tokens and money', async () => {
    const { ask, metrics } = setUp(() => said('good'));
    expect(await ask('q')).toEqual({ reply: 'good', reason: '', spent: { tokens: 1_100, usd: COST_USD } });
    expect(await metrics.text()).toContain('coalmine_judge_model_tokens_total{model="gpt-4o"} 1100');
  });

  it('estimates what an endpoint does not count, so that a budget ends there, too', async () => {
    const { ask, metrics } = setUp(() => ({ ...said('good'), promptTokens: null, completionTokens: null }));
    const { spent } = await ask('q'.repeat(400));
    expect(spent).toEqual({ tokens: 103, usd: (102 * 2 + 10) / 1e6 });
    expect(await metrics.text()).toContain('coalmine_judge_model_tokens_total{model="gpt-4o"} 103');
  });

  it('reckons with what calls may cost that it heard no end of', async () => {
    const { ask } = setUp(() => ({ ...failure(1), isPaid: true }));
    const usd = expect.closeTo((3 * (102 * 2 + 4_096 * 10)) / 1e6);
    expect((await ask('q'.repeat(400))).spent).toEqual({ tokens: 3 * (102 + 4_096), usd });
  });

  it('asks the same question once, also while it is being asked, and who shares a verdict pays nothing', async () => {
    const { ask, calls } = setUp(() => said('good'));
    const all = [...(await Promise.all([ask('q'), ask('q')])), await ask('q')];
    expect(calls()).toBe(1);
    expect(all.map(({ spent }) => spent.usd)).toEqual([COST_USD, 0, 0]);
    await ask('another');
    expect(calls()).toBe(2);
  });

  it('asks once more for a reply that can’t be used, saying why, which is paid for too', async () => {
    const { ask, calls, prompts } = setUp((call) => said(call === 1 ? 'Sure! Four.' : 'good'));
    const { reply, spent } = await ask('q');
    expect(reply).toBe('good');
    expect(calls()).toBe(2);
    expect(spent.usd).toBeCloseTo(2 * COST_USD);
    expect(prompts.map(({ messages }) => messages[0]?.content)).toEqual([
      'Judge.',
      expect.stringContaining('could not be used: unusable: Sure! Four.'),
    ]);
    expect(prompts[1]?.messages[1]).toEqual(prompts[0]?.messages[1]);
  });

  it('gives up at the second, says why, and does not keep it', async () => {
    const { ask, calls } = setUp((call) => said(call <= 2 ? 'x' : 'good'));
    expect(await ask('q')).toMatchObject({ reply: null, reason: 'unusable: x', spent: { tokens: 2_200 } });
    expect(calls()).toBe(2);
    expect((await ask('q')).reply).toBe('good');
  });

  describe('whose reply is cut', () => {
    const cut = (where: 'in thought' | 'in words', completionTokens: number): ModelReply => ({
      ...said(''),
      cut: where,
      completionTokens,
    });
    const reasonOf = (maxTokens: number): string =>
      `the judge model’s reply was cut at its limit of ${maxTokens} tokens, or at one of its own`;

    it('among words has no verdict, says so, and is not asked again, so that nothing costs more than the limit', async () => {
      const { ask, limits } = setUp(() => cut('in words', 4_096));
      expect(await ask('Write 100,000 words.')).toEqual({
        reply: null,
        reason: reasonOf(4_096),
        spent: { tokens: 5_096, usd: expect.closeTo((1_000 * 2 + 4_096 * 10) / 1e6) },
      });
      expect(limits).toEqual([4_096]);
    });

    it('in thought is asked once more with more room, which it has from then on', async () => {
      const { ask, limits, prompts } = setUp((call) => (call === 1 ? cut('in thought', 4_096) : said('good')));
      expect(await ask('q')).toMatchObject({ reply: 'good' });
      expect(await ask('another')).toMatchObject({ reply: 'good' });
      expect(limits).toEqual([4_096, 16_384, 16_384]);
      expect(prompts[1]).toEqual(prompts[0]);
    });

    it('in thought twice is given up, and others keep their limit', async () => {
      const { ask, limits } = setUp((call) => (call <= 2 ? cut('in thought', limits[call - 1] ?? 0) : said('good')));
      expect(await ask('q')).toMatchObject({ reply: null, reason: reasonOf(16_384) });
      expect(await ask('another')).toMatchObject({ reply: 'good' });
      expect(limits).toEqual([4_096, 16_384, 4_096]);
    });
  });

  it.each([
    ['a busy model is asked three times, after its pauses', failure(50, true), 3, [50, 50]],
    ['a failing model is asked three times', failure(200), 3, [200, 200]],
    ['a model that refuses for good is asked once', failure(null), 1, []],
  ])('%s', async (_, reply, expected, slept) => {
    const { ask, calls, clock } = setUp(() => reply);
    expect(await ask('q')).toMatchObject({ reply: null, reason: 'answered 500', spent: { tokens: 0, usd: 0 } });
    expect(calls()).toBe(expected);
    expect(clock.slept).toEqual(slept);
  });

  it('behind a proxy that says 503 for ever lets nobody wait after two minutes, and is asked a few times a minute', async () => {
    const { ask, calls, clock, waits, metrics } = setUp(() => failure(60_000, true));
    const beganMs = clock.nowMs();
    for (let i = 0; i < 3; i += 1) await ask(`first ${i}`);
    const knownAfterMs = clock.nowMs() - beganMs;
    expect(knownAfterMs).toBeLessThanOrEqual(300_000);
    const asked = calls();
    const all = await Promise.all(Array.from({ length: 500 }, (_, i) => ask(`q ${i}`)));
    expect(new Set(all.map(({ reply, reason }) => `${reply}: ${reason}`))).toEqual(
      new Set(['null: the judge model is away']),
    );
    expect(clock.nowMs() - beganMs).toBe(knownAfterMs);
    expect(calls()).toBe(asked);
    expect(waits.longestMs()).toBe(0);
    expect(await metrics.text()).toMatch(/coalmine_judge_model_not_asked_total 50\d/);
  });

  it('tells its family by its name', () => {
    expect(setUp(() => said('good')).judge.family).toBe('gpt');
  });
});
