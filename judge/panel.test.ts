import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judgeServer } from '../examples/judge/judge-server.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { readRubrics } from './questions/rubric-files.io.ts';
import { readConfig } from './config.ts';
import { completionOf, exchangeOf, requestOf, shadowOf } from './answers/exchange.fixture.ts';
import { answersOf } from './answers/scorable-answer.ts';
import { scoreOf } from './score-sheet.ts';
import { createJudgeEvents } from './events.ts';
import { createModelScoring } from './models/model-scoring.ts';
import { createWaits } from './models/waits.ts';
import { modelMetricsOf } from './panel.ts';
import { steppingClock } from './models/stepping-clock.fixture.ts';

const example = (name: string): string => fileURLToPath(new URL(`../examples/judge/${name}`, import.meta.url));
const { llm } = readConfig({
  KAFKA_BROKERS: 'h:1',
  SCHEMA_REGISTRY_URL: 'http://h',
  REDIS_URL: 'redis://h',
  JUDGE_MODEL_URL: 'http://h/v1',
  JUDGE_MODEL: 'local-judge',
  JUDGE_RUBRICS: 'tone.yaml,better-answer.yaml',
  JUDGE_METRICS: 'faithfulness,answer_relevancy,task_completion',
  JUDGE_EMBEDDINGS_MODEL: 'e',
});
const local = judgeServer({ failShare: 0, garbageShare: 0 });

const KIND = "I'm so sorry, I understand. Order 7 is delayed until Friday. Please let me know if I can do more.";
const RUDE = "Order 7 is delayed until Monday. That's not our problem.";
const KNOWN = 'Order 7 is delayed until Friday.';

/** By metric, the shadow's score of a rude and wrong answer beside a kind and right one. */
const judged = async () => {
  if (!llm) throw new Error('there is no model');
  const clock = steppingClock();
  const events = createJudgeEvents(silentLog, createMetrics('judge'));
  const waits = createWaits(clock);
  const metrics = modelMetricsOf(llm, {
    clock,
    events,
    waits,
    rubrics: readRubrics([example('tone.yaml'), example('better-answer.yaml')]),
    model: () => async (prompt) => {
      const reply = local.reply({ messages: prompt.messages });
      const content = 'answer' in reply ? (reply.answer.content ?? '') : reply.failure.message;
      return { ok: true, content, promptTokens: 1, completionTokens: 1 };
    },
    embeddings: () => async (text) => ({ ok: true, vector: [text.length, 1], promptTokens: 1 }),
  });
  const rollouts = { planOf: () => undefined, modelOf: () => '' };
  const { limits, maxWaiting } = llm;
  const scoring = createModelScoring({ metrics, rollouts, limits, waits, maxWaiting, clock, events });
  const messages = [
    { role: 'system', content: KNOWN },
    { role: 'user', content: 'When will order 7 arrive?' },
  ];
  const exchange = exchangeOf({
    requestBody: requestOf('', { messages }),
    responseBody: completionOf({ content: KIND }),
  });
  const subject = { exchange, shadow: shadowOf({ exchange, responseBody: completionOf({ content: RUDE }) }) };
  const { live, shadow } = answersOf(subject);
  const scores = (await Promise.all(scoring.scores(subject, live, shadow))).flat();
  const records = scores.map(scoreOf);
  return new Map(records.map((record) => [record.metric, record]));
};

describe('all that a model is asked for, put before the local judge', () => {
  it('is scored, and finds the rude and wrong answer worse', async () => {
    const records = await judged();
    expect([...records.keys()].toSorted()).toEqual([
      'answer_relevancy',
      'better_answer',
      'faithfulness',
      'hallucination',
      'semantic_similarity',
      'task_completion',
      'tone',
    ]);
    expect([...records.values()].map(({ metric, status, reason }) => [metric, status, reason])).toEqual(
      [...records.keys()].map((metric) => [metric, 'scored', expect.any(String)]),
    );
    expect(records.get('tone')?.delta).toBeLessThan(0);
    expect(records.get('better_answer')).toMatchObject({ value: 0, liveValue: 1, delta: -1 });
    expect(records.get('faithfulness')?.delta).toBeLessThan(0);
    expect(records.get('hallucination')).toMatchObject({ value: 1, liveValue: 0 });
    expect(records.get('semantic_similarity')).toMatchObject({ liveValue: null, delta: null });
  });
});
