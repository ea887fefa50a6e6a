import { describe, expect, it } from 'vitest';
import { body } from '../../schemas/exchange.fixture.ts';
import type { Body } from '../../schemas/exchange.ts';
import { exchangeOf } from './exchange.fixture.ts';
import { answersOf } from './scorable-answer.ts';
import { findByRules } from '../scorers/by-rules.ts';
import { createToolCallCheck } from './tool-schema.ts';

const scoresOf = (path: string, request: object, answer: object) => {
  const bodies = { requestBody: body(JSON.stringify(request)), responseBody: body(JSON.stringify(answer)) };
  const { live } = answersOf({ exchange: exchangeOf({ path, ...bodies }), shadow: null });
  const findings = findByRules({ answered: live, reference: undefined, check: createToolCallCheck() });
  return new Map(findings.map(({ metric, status, value }) => [metric, value ?? status]));
};

describe('an answer of another API than chat', () => {
  it('has its text scored, and held against its request', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Sorry about that!' }] };
    const ofResponses = scoresOf('/v1/responses', { input: 'x' }, { status: 'completed', output: [message] });
    const ofCompletions = scoresOf('/v1/completions', { prompt: 'x' }, { choices: [{ text: 'Sorry about that!' }] });
    for (const scores of [ofResponses, ofCompletions]) {
      expect(scores.get('length')).toBe(0.017);
      expect(scores.get('toxicity')).toBe(0);
      expect(scores.get('pii_leak')).toBe(0);
      expect([...scores.values()]).not.toContain('error');
    }
  });

  it('has nothing held against a request whose history stands with the provider', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Write to ann@acme.org' }] };
    const request = { input: 'And her address?', previous_response_id: 'resp_1' };
    const scores = scoresOf('/v1/responses', request, { object: 'response', status: 'completed', output: [message] });
    expect([scores.get('pii_leak'), scores.get('length')]).toEqual(['not_applicable', 0.021]);
  });

  it('of Anthropic’s is read below an agent’s path, too', () => {
    const request = {
      messages: [{ role: 'user', content: 'x' }],
      tools: [{ name: 'f', input_schema: { required: ['a'] } }],
    };
    const content = [
      { type: 'text', text: 'Sorry about that!' },
      { type: 'tool_use', name: 'f', input: { a: 1 } },
    ];
    for (const path of ['/v1/messages', '/agents/support/v1/messages']) {
      const scores = scoresOf(path, request, { type: 'message', content, stop_reason: 'tool_use' });
      expect([scores.get('length'), scores.get('tool_validity'), scores.get('json_validity')]).toEqual([0.017, 1, 1]);
    }
  });

  it('of embeddings has nothing to score, which is no missing coverage', () => {
    const scores = scoresOf('/v1/embeddings', { input: 'x' }, { data: [{ embedding: [1] }] });
    expect(scores.get('error_rate')).toBe(0);
    expect([...scores.values()]).not.toContain('error');
    expect([scores.get('toxicity'), scores.get('task_success')]).toEqual(['not_applicable', 'not_applicable']);
  });

  it.each(['/v1/responses', '/v1/completions', '/support/ask'])('on %s that can’t be read is an error', (path) => {
    expect(scoresOf(path, { input: 'x' }, { status: 'failed' }).get('toxicity')).toBe('error');
  });

  it('in a protocol of the agent’s own that nobody knows is not applicable, and says how it could be read', () => {
    for (const answer of [{ reply: 'Hi' }, { status: 'failed' }, {}]) {
      const scores = scoresOf('/agents/helpdesk/answer', { question: 'x' }, answer);
      expect(scores.get('toxicity')).toBe('not_applicable');
      expect([...scores.values()]).not.toContain('error');
    }
    const responseBody = body('{"reply":"Hi"}');
    const { live } = answersOf({
      exchange: exchangeOf({ path: '/agents/helpdesk/answer', responseBody }),
      shadow: null,
    });
    expect(live.answer).toMatchObject({ isDue: false, reason: expect.stringContaining('answerPath') });
  });

  it('of embeddings is not held for an empty one, but one of chat without a word is', () => {
    const embedded = scoresOf('/v1/embeddings', { input: 'x' }, { data: [{ embedding: [1] }] });
    expect(embedded.get('empty_answer')).toBe('not_applicable');
    const silent = scoresOf('/v1/chat/completions', { messages: [] }, { choices: [{ message: { content: ' ' } }] });
    expect(silent.get('empty_answer')).toBe(1);
  });

  it.each([
    ['/v1/embeddings', { input: 'x' }, { data: [{ embedding: [1] }] }],
    ['/v1/completions', { prompt: 'x' }, { choices: [{ text: 'Sorry about that!' }] }],
    ['/v1/chat/completions', { messages: [] }, { choices: [{ message: { content: 'Sorry about that!' } }] }],
  ])('to %s is scored the same with a query behind the path', (path, request, answer) => {
    expect(scoresOf(`${path}?api-version=2`, request, answer)).toEqual(scoresOf(path, request, answer));
  });

  it('whose text stands at a pointer is read there, and missing where it was cut', () => {
    const exchange = { path: '/agents/helpdesk/answer', answerPath: '/reply', requestPath: '/question' };
    const live = (responseBody: Body) =>
      answersOf({
        exchange: { ...exchangeOf({ responseBody, requestBody: body('{"question":"Where?"}') }), ...exchange },
        shadow: null,
      }).live;
    expect(live(body('{"reply":"There."}'))).toMatchObject({
      answer: { ok: true, value: { text: 'There.' } },
      request: { ok: true, value: { lastUserText: 'Where?' } },
    });
    expect(live(body('{"reply":""}')).answer).toMatchObject({ ok: true, value: { text: '', isOfWords: true } });
    expect(live({ ...body('{"reply":"The'), state: 'truncated' }).answer).toMatchObject({ ok: false, isDue: true });
  });
});
