import { describe, expect, it } from 'vitest';
import { RubricDocument, rubricOf } from './rubric.ts';

const spec = {
  metric: 'tone',
  scale: { min: 1, max: 5 },
  criteria: [{ name: 'kind', description: 'Is kind.', points: 4 }],
};
const document = { apiVersion: 'coalmine/v1', kind: 'Rubric', metadata: { name: 'tone' }, spec } as const;
const rubric = rubricOf(RubricDocument.parse(document));

describe('a rubric', () => {
  it('has another version with another wording', () => {
    const worded = {
      ...document,
      spec: { ...spec, criteria: [{ ...spec.criteria[0]!, description: 'Is very kind.' }] },
    };
    expect(rubricOf(RubricDocument.parse(worded)).version).not.toBe(rubric.version);
    expect(rubricOf(RubricDocument.parse(structuredClone(document))).version).toBe(rubric.version);
  });

  it('names the version that its writer gave it, beside its wording', () => {
    const versioned = RubricDocument.parse({ ...document, metadata: { name: 'tone', version: '2.1' } });
    expect(rubricOf(versioned).version).toBe(`2.1-${rubric.version}`);
  });

  it('is pointwise, from 0 to 1, without reference, where it says nothing else', () => {
    const { scale: _, ...bare } = spec;
    expect(RubricDocument.parse({ ...document, spec: bare }).spec).toMatchObject({
      mode: 'pointwise',
      scale: { min: 0, max: 1 },
      reference: false,
    });
  });

  it('may be pairwise, with examples of pairs', () => {
    const examples = [{ first: 'a', second: 'b', winner: 'second' }];
    const pairwise = { ...document, spec: { ...spec, mode: 'pairwise', examples } };
    expect(RubricDocument.parse(pairwise).spec.mode).toBe('pairwise');
    expect(rubricOf(RubricDocument.parse(pairwise)).version).not.toBe(rubric.version);
  });

  it.each([
    [
      'a pair as an example of a score',
      { ...document, spec: { ...spec, examples: [{ first: 'a', second: 'b', winner: 'tie' }] } },
    ],
    [
      'a score as an example of a pair',
      { ...document, spec: { ...spec, mode: 'pairwise', examples: [{ answer: 'a', score: 3 }] } },
    ],
    ['an example off its scale', { ...document, spec: { ...spec, examples: [{ answer: 'a', score: 9 }] } }],
    ['a version that is no name', { ...document, metadata: { name: 'tone', version: 'a|b' } }],
    ['an unknown field', { ...document, spec: { ...spec, weight: 2 } }],
    ['a scale upside down', { ...document, spec: { ...spec, scale: { min: 5, max: 1 } } }],
    ['no criteria', { ...document, spec: { ...spec, criteria: [] } }],
    ['the name of a built-in metric', { ...document, spec: { ...spec, metric: 'empathy' } }],
    ['a name as events of clients have', { ...document, spec: { ...spec, metric: 'event_tone' } }],
    ['a metric that is no name', { ...document, spec: { ...spec, metric: 'a|b' } }],
    ['another kind', { ...document, kind: 'Agent' }],
  ])('with %s is refused', (_, wrong) => expect(RubricDocument.safeParse(wrong).success).toBe(false));
});
