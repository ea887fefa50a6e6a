import { describe, expect, it } from 'vitest';
import type { Clock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { completionOf, exchangeOf, requestOf } from './core/exchange.fixture.ts';
import { type ModelReply, type Prompt, rubricOf } from './core/rubric.ts';
import { answersOf } from './core/score-records.ts';
import { createJudgeEvents } from './events.ts';
import { createRubricJudge } from './rubric-judge.ts';

const rubric = rubricOf({
  apiVersion: 'coalmine/v1',
  kind: 'Rubric',
  metadata: { name: 'tone' },
  spec: { metric: 'tone', scale: { min: 0, max: 10 }, criteria: [{ name: 'kind', description: '', points: 10 }] },
});
const answered = (text: string) =>
  answersOf({ exchange: exchangeOf({ responseBody: completionOf({ content: text }) }), shadow: null }).live;
const verdict = (prompt: Prompt, score = 8): ModelReply => ({
  ok: true,
  content: JSON.stringify({ score, reason: 'fine', canary: prompt.canary }),
  promptTokens: 1000,
  completionTokens: 100,
});
const refused = (retryAfterMs: number | null): ModelReply => ({ ok: false, reason: 'answered 429', retryAfterMs });

const setUp = (script: (prompt: Prompt, call: number) => ModelReply | Promise<ModelReply>, concurrency = 4) => {
  const slept: number[] = [];
  const state = { calls: 0, underWay: 0, mostUnderWay: 0, nowMs: 1_000 };
  const clock: Clock = {
    nowMs: () => state.nowMs,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
  const judge = createRubricJudge({
    ask: async (prompt) => {
      state.calls += 1;
      state.underWay += 1;
      state.mostUnderWay = Math.max(state.mostUnderWay, state.underWay);
      const reply = await script(prompt, state.calls);
      state.underWay -= 1;
      return reply;
    },
    clock,
    events: createJudgeEvents(silentLog, createMetrics('judge')),
    modelName: 'm',
    concurrency,
    promptUsdPerMillion: 2,
    completionUsdPerMillion: 10,
  });
  return { judge, slept, state };
};

describe('a verdict', () => {
  it('is scaled to 0…1 and names the model, the rubric version and what it cost', async () => {
    const { judge } = setUp((prompt) => verdict(prompt));
    expect(await judge(rubric, answered('hi'))).toEqual({
      finding: { metric: 'tone', status: 'scored', value: 0.8, reason: 'fine' },
      scorer: { scorer: 'llm:m', scorerVersion: rubric.version, costUsd: 0.003 },
    });
  });

  it('is asked for once for the same request and answer, and costs once', async () => {
    const { judge, state } = setUp((prompt) => verdict(prompt));
    const both = await Promise.all([judge(rubric, answered('hi')), judge(rubric, answered('hi'))]);
    const third = await judge(rubric, answered('hi'));
    expect(state.calls).toBe(1);
    expect([...both, third].map((s) => s.scorer.costUsd)).toEqual([0.003, 0, 0]);
    expect([...both, third].map((s) => s.finding.value)).toEqual([0.8, 0.8, 0.8]);
    await judge(rubric, answered('ho'));
    expect(state.calls).toBe(2);
  });
});

describe('a model in trouble', () => {
  it('is asked again after the time that it asks for, and what failed is paid for too', async () => {
    const { judge, slept } = setUp((prompt, call) => {
      if (call === 1) return refused(50);
      return call === 2 ? { ...verdict(prompt), content: 'Sure! Four.' } : verdict(prompt);
    });
    const { finding, scorer } = await judge(rubric, answered('hi'));
    expect(finding).toMatchObject({ status: 'scored', value: 0.8 });
    expect(slept).toEqual([50]);
    expect(scorer.costUsd).toBeCloseTo(0.006);
  });

  it.each([
    ['garbage', (p: Prompt) => ({ ...verdict(p), content: 'five out of fi' }) as ModelReply, 3],
    ['no canary', (p: Prompt) => ({ ...verdict(p), content: '{"score":10}' }) as ModelReply, 3],
    ['a score out of range', (p: Prompt) => verdict(p, 11), 3],
    ['refusals', () => refused(1), 3],
    ['a refusal for good', () => refused(null), 1],
  ])('that gives only %s makes an error score', async (_, script, calls) => {
    const { judge, state } = setUp(script);
    const { finding } = await judge(rubric, answered('hi'));
    expect(finding).toMatchObject({ status: 'error', value: null });
    expect(finding.reason).not.toBe('');
    expect(state.calls).toBe(calls);
  });

  it('does not make its error the lasting verdict on an answer', async () => {
    const { judge } = setUp((prompt, call) => (call <= 3 ? refused(1) : verdict(prompt)));
    expect((await judge(rubric, answered('hi'))).finding.status).toBe('error');
    expect((await judge(rubric, answered('hi'))).finding.status).toBe('scored');
  });

  it('is left alone for ten seconds after five failures in a row, and then asked again', async () => {
    const { judge, state } = setUp((prompt, call) => (call <= 5 ? refused(null) : verdict(prompt)));
    for (let i = 0; i < 5; i++) await judge(rubric, answered(`${i}`));
    expect((await judge(rubric, answered('more'))).finding).toMatchObject({
      status: 'error',
      reason: 'the judge model is away',
    });
    expect(state.calls).toBe(5);
    state.nowMs += 10_000;
    expect((await judge(rubric, answered('more'))).finding.status).toBe('scored');
  });

  it('is asked by no more than `concurrency` at a time', async () => {
    const later = (prompt: Prompt): Promise<ModelReply> =>
      new Promise((resolve) => setImmediate(() => resolve(verdict(prompt))));
    const { judge, state } = setUp(later, 2);
    const scores = await Promise.all(Array.from({ length: 9 }, (_, i) => judge(rubric, answered(`${i}`))));
    expect(scores.every((s) => s.finding.status === 'scored')).toBe(true);
    expect(state).toMatchObject({ calls: 9, mostUnderWay: 2 });
  });
});

describe('what is not asked about', () => {
  const live = answered('hi');
  it.each([
    ['an answer that failed', { ...live, outcome: 'upstream_error' as const }, 'not_applicable'],
    ['an answer without text', answered(' '), 'not_applicable'],
    ['an answer that can’t be read', { ...live, answer: { ok: false as const, reason: 'cut' } }, 'error'],
    ['a request that can’t be read', { ...live, request: { ok: false as const, reason: 'cut' } }, 'not_applicable'],
    ['an answer that is too long to be shown whole', answered('x'.repeat(32_001)), 'error'],
  ])('%s', async (_, subject, status) => {
    const { judge, state } = setUp((prompt) => verdict(prompt));
    const { finding, scorer } = await judge(rubric, subject);
    expect(finding).toMatchObject({ status, value: null });
    expect(scorer.costUsd).toBe(0);
    expect(state.calls).toBe(0);
  });

  it('tells requests apart that end in the same text', async () => {
    const { judge, state } = setUp((prompt) => verdict(prompt));
    await judge(rubric, live);
    await judge(
      rubric,
      answersOf({
        exchange: exchangeOf({ requestBody: requestOf('other'), responseBody: completionOf({ content: 'hi' }) }),
        shadow: null,
      }).live,
    );
    expect(state.calls).toBe(2);
  });
});
