import { expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { completionOf, exchangeOf, shadowOf } from '../answers/exchange.fixture.ts';
import { answersOf } from '../answers/scorable-answer.ts';
import { scoreOf } from '../score-sheet.ts';
import { createJudgeEvents } from '../events.ts';
import { createModelGate } from './model-gate.ts';
import { createWaits } from './waits.ts';
import { type AskEmbedding, similarityMetric } from './similarity.ts';
import { steppingClock } from './stepping-clock.fixture.ts';

const VECTORS: Readonly<Record<string, number[]>> = { east: [1, 0], 'north-east': [1, 1], long: [1, 1, 1] };

const compare = async (shadowText: string, liveText: string) => {
  let calls = 0;
  const ask: AskEmbedding = async (text) => {
    calls += 1;
    const vector = VECTORS[text];
    if (!vector) return { ok: false, reason: 'answered 500', retryAfterMs: 200, isBusy: false };
    return { ok: true, vector, promptTokens: 500_000 };
  };
  const events = createJudgeEvents(silentLog, createMetrics('judge'));
  const clock = steppingClock();
  const waits = createWaits(clock);
  const gate = createModelGate({ clock, events, concurrency: 2, requestsPerMinute: 6_000, waits });
  const prices = { promptUsdPerMillion: 1, completionUsdPerMillion: 0 };
  const metric = similarityMetric({ ask, gate, events, model: 'e', prices });
  const exchange = exchangeOf({ responseBody: completionOf({ content: liveText }) });
  const shadow = shadowOf({ exchange, responseBody: completionOf({ content: shadowText }) });
  const subject = { exchange, shadow };
  const answers = answersOf(subject);
  const [stage] = metric.stages(answers.live, answers.shadow);
  const result = await stage?.run(() => true);
  const scores = result?.scores.map(scoreOf) ?? [];
  expect(metric.stages(answers.live, null)).toEqual([]);
  return { score: scores[0], calls };
};

it('a shadow’s nearness to the live answer is a score without a live value, so that it speaks for neither', async () => {
  const { score } = await compare('east', 'north-east');
  expect(score).toMatchObject({ status: 'scored', liveValue: null, delta: null, scorer: 'embeddings:e', costUsd: 1 });
  expect(score?.value).toBeCloseTo(Math.SQRT1_2);
});

it('a text and nothing are not alike at all', async () => {
  expect(await compare('', 'east')).toMatchObject({ score: { value: 0 } });
});

it.each([
  ['same', 'same', 'scored', 0],
  ['east', '', 'scored', 0],
  ['', 'east', 'scored', 0],
  ['', ' ', 'not_applicable', 0],
  ['east', 'long', 'error', 2],
  ['east', 'nowhere', 'error', 2],
])('%j beside %j is %s, after %i calls', async (shadow, live, status, calls) => {
  expect(await compare(shadow, live)).toMatchObject({ score: { status }, calls });
});
