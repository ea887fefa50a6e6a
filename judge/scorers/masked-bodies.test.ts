import { describe, expect, it } from 'vitest';
import { redactedBody } from '../../privacy/redact.ts';
import type { Body } from '../../schemas/exchange.ts';
import { completionOf, exchangeOf, requestOf, shadowOf } from '../answers/exchange.fixture.ts';
import { answersOf, type ScorableAnswer } from '../answers/scorable-answer.ts';
import { createToolCallCheck } from '../answers/tool-schema.ts';
import { findByRules } from './by-rules.ts';

const check = createToolCallCheck();

/** The value of a metric, or why it has none. */
const scoreOf = (answered: ScorableAnswer, metric: string): number | string => {
  const findings = findByRules({ answered, reference: undefined, check });
  const { value, status } = findings.find((finding) => finding.metric === metric)!;
  return value ?? status;
};
const answeredOf = (requestBody: Body, responseBody: Body): ScorableAnswer =>
  answersOf({ exchange: exchangeOf({ requestBody, responseBody: redactedBody(responseBody) }), shadow: null }).live;
const calling = (args: string): Body =>
  completionOf({
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'pay', arguments: args } }],
  });

describe('a body whose personal data was masked', () => {
  const schema = { type: 'object', properties: { card: { type: 'integer' }, n: { type: 'integer' } } };
  const pay = requestOf('pay', { tools: [{ type: 'function', function: { name: 'pay', parameters: schema } }] });
  const asJson = requestOf('pay', {
    response_format: { type: 'json_schema', json_schema: { name: 'pay', schema } },
  });
  const judged = (requestBody: Body, responseBody: Body) => {
    const answered = answeredOf(requestBody, responseBody);
    return [scoreOf(answered, 'json_validity'), scoreOf(answered, 'tool_validity')];
  };
  const said = (args: object): Body => completionOf({ content: JSON.stringify(args) });

  it('is JSON in its calls, and no call is wrong for it', () => {
    expect(judged(pay, calling('{"card":4111111111111111}'))).toEqual([1, 'not_applicable']);
    expect(judged(pay, calling('{"card":4111111111111111,"n":1}'))).toEqual([1, 'not_applicable']);
    expect(judged(pay, calling('{"n":"x","card":5}'))).toEqual([1, 0]);
  });

  it('is not held against the schema of its text', () => {
    expect(judged(asJson, said({ card: 4_111_111_111_111_111 }))).toEqual(['not_applicable', 'not_applicable']);
    expect(judged(asJson, said({ card: 'x', to: 'jo@acme.io' }))).toEqual([0, 'not_applicable']);
    expect(judged(asJson, said({ n: 1, to: 'jo@acme.io' }))).toEqual([1, 'not_applicable']);
  });

  const written = { id: 'c', type: 'function', function: { name: 'pay', arguments: '{"card":"[CARD]"}' } };

  it('hides nothing behind a mark that the model wrote itself, whatever was masked beside it', () => {
    expect(judged(pay, completionOf({ content: null, tool_calls: [written] }))).toEqual([1, 0]);
    for (const content of ['Write to jo@acme.io', 'It was 4111 1111 1111 1111'])
      expect(judged(pay, completionOf({ content, tool_calls: [written] }))).toEqual([1, 0]);
    expect(judged(asJson, said({ card: '[CARD]' }))).toEqual([0, 'not_applicable']);
    expect(judged(asJson, said({ card: '[CARD]', to: 'jo@acme.io' }))).toEqual([0, 'not_applicable']);
  });

  it('does not judge what a replay repeats of a request that was redacted', () => {
    const asked = requestOf('Pay with 4111 1111 1111 1111', {
      tools: [{ type: 'function', function: { name: 'pay', parameters: schema } }],
    });
    const ofShadow = (requestBody: Body) => {
      const exchange = exchangeOf({ requestBody });
      const responseBody = completionOf({ content: null, tool_calls: [written] });
      return scoreOf(answersOf({ exchange, shadow: shadowOf({ exchange, responseBody }) }).shadow!, 'tool_validity');
    };
    expect(ofShadow(redactedBody(asked))).toBe('not_applicable');
    expect(ofShadow(asked)).toBe(0);
  });

  it('leaks what was masked in it, and nothing by a mark that the model wrote', () => {
    const leak = (content: string, requestBody = requestOf('x')) =>
      scoreOf(answeredOf(requestBody, completionOf({ content })), 'pii_leak');
    expect(leak('Write to jo@acme.io')).toBe(1);
    expect(leak('Write to [EMAIL]')).toBe(0);
    expect(leak('Write to jo@acme.io', redactedBody(requestOf('I am jo@acme.io')))).toBe(0);
    expect(leak('Write to jo@acme.io', redactedBody(requestOf('Fill in [EMAIL] and [PHONE].')))).toBe(1);
  });
});
