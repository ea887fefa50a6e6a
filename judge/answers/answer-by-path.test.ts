import { describe, expect, it } from 'vitest';
import { body } from '../../schemas/exchange.fixture.ts';
import { exchangeOf } from './exchange.fixture.ts';
import { answersOf } from './scorable-answer.ts';
import { findByRules } from '../scorers/by-rules.ts';
import { createToolCallCheck } from './tool-schema.ts';

const scoresOf = (path: string, request: object, answer: object) => {
  const bodies = { requestBody: body(JSON.stringify(request)), responseBody: body(JSON.stringify(answer)) };
  const { live } = answersOf({ exchange: exchangeOf({ path, ...bodies }), shadow: null });
  const findings = findByRules({ answered: live, reference: undefined, check: createToolCallCheck(1) });
  return new Map(findings.map(({ metric, status, value }) => [metric, value ?? status]));
};

describe('an answer of another API than chat', () => {
  it('has its text scored, and is not applicable where the request would be needed', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Sorry about that!' }] };
    const ofResponses = scoresOf('/v1/responses', { input: 'x' }, { status: 'completed', output: [message] });
    const ofCompletions = scoresOf('/v1/completions', { prompt: 'x' }, { choices: [{ text: 'Sorry about that!' }] });
    for (const scores of [ofResponses, ofCompletions]) {
      expect(scores.get('length')).toBe(0.017);
      expect(scores.get('toxicity')).toBe(0);
      expect(scores.get('pii_leak')).toBe('not_applicable');
      expect([...scores.values()]).not.toContain('error');
    }
  });

  it.each([
    ['/v1/embeddings', { input: 'x' }, { data: [{ embedding: [1] }] }],
    ['/v1/completions', { prompt: 'x' }, { choices: [{ text: 'Sorry about that!' }] }],
    ['/v1/chat/completions', { messages: [] }, { choices: [{ message: { content: 'Sorry about that!' } }] }],
  ])('to %s is scored the same with a query behind the path', (path, request, answer) => {
    expect(scoresOf(`${path}?api-version=2`, request, answer)).toEqual(scoresOf(path, request, answer));
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
});
