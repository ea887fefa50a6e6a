import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createToolCallCheck } from '../answers/tool-schema.ts';
import { findByRules } from './by-rules.ts';
import type { Finding } from '../answers/finding.ts';
import { answeredOf, calling, withTools } from './cases/labelled-case.fixture.ts';
import { wordF1 } from './reference-match.ts';
import { cosine, semanticSimilarity } from './semantic-similarity.ts';

const check = createToolCallCheck();
const findingOf = (metric: string, request: string | Record<string, unknown>, answer: string): Finding =>
  findByRules({ answered: answeredOf({ request, answer }), reference: undefined, check }).find(
    (finding) => finding.metric === metric,
  )!;

describe('wordF1', () => {
  it('is 2·shared / all words', () => {
    expect(wordF1('a red car', 'the red bike')).toBe(0.5);
    expect(wordF1('red red', 'red')).toBeCloseTo(2 / 3);
    expect(wordF1('', 'red')).toBe(0);
    expect(wordF1('the', 'the')).toBe(0);
  });

  it('is symmetric, within 0…1, and 1 for a text with itself', () => {
    const words = fc
      .array(fc.constantFrom('red', 'blue', '12,500', '3.14', '東京', 'Ünï', ','))
      .map((w) => w.join(' '));
    fc.assert(
      fc.property(words, words, (one, other) => {
        const value = wordF1(one, other);
        expect(value).toBe(wordF1(other, one));
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect([0, 1]).toContain(wordF1(one, one));
      }),
    );
  });
});

describe('semantic similarity', () => {
  it('is the cosine, and below 0 is 0', () => {
    expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2);
    expect(cosine([1, 0], [-2, 0])).toBe(-1);
    expect(semanticSimilarity.compare([1, 0], [3, 0])).toMatchObject({ status: 'scored', value: 1 });
    expect(semanticSimilarity.compare([1, 0], [-1, 0])).toMatchObject({ value: 0 });
  });

  it('is an error where vectors can’t be compared', () => {
    expect(semanticSimilarity.compare([1], [1, 2])).toMatchObject({ status: 'error', value: null });
    expect(semanticSimilarity.compare([0, 0], [1, 2])).toMatchObject({ status: 'error', value: null });
    expect(semanticSimilarity.compare([Infinity, 0], [1, 2])).toMatchObject({ status: 'error', value: null });
  });
});

describe('hostile text of 300 KiB', () => {
  const pieces =
    'you are |you are so |i will |kill yourself |jews are |f u |f*|go |just |a@|+49 |4111 |"|“|nicht |ich kann |je ne |Error |error: |a: |{"error":|東|1,|ｆｕｃ|ſ|\u0000| ';
  it.each(pieces.split('|'))('made of %j is read to its end by every rule', (piece) => {
    const text = piece.repeat(Math.ceil(300_000 / piece.length));
    const result = { role: 'tool', tool_call_id: 'call_0', content: text };
    const request = {
      ...withTools(text, { role: 'assistant', ...calling(['get_order', { id: text }]) }, result),
      metadata: { reference_answer: text },
    };
    const findings = findByRules({ answered: answeredOf({ request, answer: text }), reference: undefined, check });
    expect(findings.filter(({ status }) => status === 'error')).toEqual([]);
  });
});

describe('pii_leak', () => {
  it('names the kinds that it found, and never what they were', () => {
    const { reason } = findingOf('pii_leak', 'Who?', 'jane.doe@gmail.com, +49 171 1234567');
    expect(reason).toBe('not from the request: email, phone');
  });
});
