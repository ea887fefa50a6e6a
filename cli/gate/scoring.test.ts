import { describe, expect, it } from 'vitest';
import type { Case } from './dataset/case.ts';
import { questionOf } from './dataset/case.fixture.ts';
import { createRuleScoring, measuredOf } from './scoring.ts';
import { type RecordedAnswer, replyOfRecorded } from './target/recorded-reply.ts';

const question = questionOf('q1', {
  request: {
    messages: [{ role: 'user', content: 'Where is ORD-1?' }],
    tools: [
      {
        type: 'function',
        function: { name: 'lookup', parameters: { type: 'object', properties: { id: { type: 'string' } } } },
      },
    ],
    metadata: { topic: 'status' },
  },
  golden: 'It was sent on Monday.',
  accepted: [{ lookup: { id: ['ORD-1'] } }],
  context: ['ORD-1 was sent on Monday.'],
  slices: { topic: 'status', year: '2026' },
  session: 's1',
});
const PRICES = { promptUsdPerMillion: 1, completionUsdPerMillion: 10, cachedPromptUsdPerMillion: 1 };
const score = (answer: Partial<RecordedAnswer>, of: Partial<Case> = {}) =>
  createRuleScoring(
    'support',
    [],
    PRICES,
  )({
    of: { ...question, ...of },
    repeat: 0,
    answered: replyOfRecorded({
      text: null,
      calls: [],
      error: null,
      latencyMs: 1_500,
      promptTokens: 1_000,
      completionTokens: 100,
      ...answer,
    }),
  });
const CALL = { name: 'lookup', arguments: '{"id":"ord-1"}' };

describe('scoring by rules', () => {
  it('is the judge’s own: calls against the right ones, words against the golden answer, time, tokens and cost', () => {
    expect(score({ calls: [CALL] }).values).toMatchObject({
      task_success: { value: 1 },
      tool_accuracy: { value: 1 },
      tool_validity: { value: 1 },
      latency: { value: 1.5 },
      cost: { value: 2 },
      error_rate: { value: 0 },
    });
    expect(score({ calls: [CALL, CALL] }).values).toMatchObject({
      task_success: { value: 0 },
      tool_accuracy: { value: 0.5 },
    });
    expect(score({ text: 'It was sent on Monday.' }).values['reference_match']).toEqual({ value: 1 });
    expect(score({ text: 'Lost.' }, { accepted: null }).values['task_success']).toEqual({ value: 1 });
    expect(score({ text: 'Lost.' }, { accepted: undefined }).values['task_success']).toMatchObject({
      absent: 'not_applicable',
    });
  });

  it('shows the golden answer and the context to those who judge, in the request that the agent never got', () => {
    const { exchange } = score({ text: 'Sent.' });
    expect(JSON.parse(exchange!.requestBody.text)).toMatchObject({
      messages: [
        { role: 'system', content: 'ORD-1 was sent on Monday.' },
        question.request['messages'] && { role: 'user' },
      ],
      metadata: { topic: 'status', reference_answer: 'It was sent on Monday.' },
    });
    expect(question.request).not.toHaveProperty('metadata.reference_answer');
  });

  it('counts what failed as an error, and nothing else of it', () => {
    const { values } = score({ error: 'HTTP 500' });
    expect(values['error_rate']).toEqual({ value: 1 });
    expect(values['task_success']).toMatchObject({ absent: 'not_applicable' });
  });

  it('has no value of anything where there is no answer, and none of time where nobody took it', () => {
    const none = createRuleScoring(
      'support',
      [],
      null,
    )({ of: question, repeat: 0, answered: { missing: 'was not recorded' } });
    expect(none.values).toEqual({});
    expect(score({ latencyMs: null, text: 'Sent.' }).values['latency']).toMatchObject({ absent: 'error' });
  });

  it('holds a session together, and only the labels that are asked for', () => {
    expect(measuredOf(score({ text: 'Sent.' }), ['topic', 'none'])).toMatchObject({
      caseId: 'q1',
      cluster: 'session s1',
      slices: { topic: 'status' },
      repeat: 0,
    });
    expect(measuredOf(score({ text: 'Sent.' }, { session: '' }), []).cluster).toBe('q1');
  });
});
