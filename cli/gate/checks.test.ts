import { describe, expect, it } from 'vitest';
import { Criterion } from '../../schemas/gate-criterion.ts';
import { answersOf } from '../../judge/answers/scorable-answer.ts';
import { checksOf } from './checks.ts';
import { questionOf } from './dataset/case.fixture.ts';
import { exchangeOf } from './exchange.ts';
import type { Value } from './measured.ts';
import { replyOfRecorded } from './target/recorded-reply.ts';

const NOTHING = { calls: [], error: null, latencyMs: 1, promptTokens: null, completionTokens: null };
type Said = {
  text?: string | null;
  calls?: { name: string; arguments: string }[];
  error?: string | null;
  golden?: string | null;
};
const find = (rule: object, { golden = null, text = null, ...said }: Said): Value => {
  const [check] = checksOf([Criterion.parse({ check: 'it', ...rule })]);
  const asked = questionOf('q', { golden });
  const exchange = exchangeOf('support', asked, replyOfRecorded({ ...NOTHING, text, ...said }), null);
  return check!.valueOf(asked, answersOf({ exchange, shadow: null }).live);
};
const calls = (...names: string[]) => names.map((name) => ({ name, arguments: '{}' }));
const SCHEMA = { type: 'object', required: ['a'], properties: { a: { type: 'number' } } };

describe('a check', () => {
  it.each<[object, Said, number]>([
    [{ matches: '(?i)^SORRY' }, { text: 'sorry, no' }, 1],
    [{ matches: '^SORRY' }, { text: 'sorry, no' }, 0],
    [{ notMatches: 'no' }, { text: 'sorry, no' }, 0],
    [{ notMatches: 'yes' }, { text: 'sorry, no' }, 1],
    [{ notMatches: 'yes' }, { calls: calls('f') }, 1],
    [{ jsonSchema: SCHEMA }, { text: '{"a":1}' }, 1],
    [{ jsonSchema: SCHEMA }, { text: '{"a":"1"}' }, 0],
    [{ jsonSchema: SCHEMA }, { text: 'a' }, 0],
    [{ jsonSchema: { type: 'array' } }, { text: '[1]' }, 1],
    [{ mustCall: 'refund' }, { calls: calls('lookup', 'refund') }, 1],
    [{ mustCall: ['refund', 'mail'] }, { calls: calls('refund') }, 0],
    [{ mustCall: 'refund' }, { text: 'I refund it' }, 0],
    [{ mustNotCall: ['refund', 'mail'] }, { calls: calls('lookup') }, 1],
    [{ mustNotCall: ['refund', 'mail'] }, { calls: calls('lookup', 'mail') }, 0],
    [{ exact: true }, { text: ' yes\n', golden: 'yes' }, 1],
    [{ exact: true }, { text: 'Yes', golden: 'yes' }, 0],
  ])('%j of %j is %i', (rule, said, expected) => {
    expect(find(rule, said)).toEqual({ value: expected });
  });

  it('says nothing of an answer that failed, which the error rate tells, nor of a question without the golden answer it needs', () => {
    expect(find({ notMatches: 'x' }, { error: 'HTTP 500' })).toMatchObject({ absent: 'not_applicable' });
    expect(find({ exact: true }, { text: 'yes' })).toMatchObject({ absent: 'not_applicable' });
  });

  it('with a schema that is none is refused by its name', () => {
    expect(() => checksOf([Criterion.parse({ check: 'form', jsonSchema: { type: 'objekt' } })])).toThrow(
      /^the check form: .*type/,
    );
  });
});
