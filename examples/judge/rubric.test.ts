import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { applyRubric, compareByRubric, rubricSpec } from './rubric.ts';

const document = z
  .object({
    apiVersion: z.literal('coalmine/v1'),
    kind: z.literal('Rubric'),
    metadata: z.object({ name: z.literal('tone') }),
    spec: rubricSpec.extend({ examples: z.array(z.object({ answer: z.string(), score: z.number() })) }),
  })
  .parse(parse(readFileSync(new URL('./tone.yaml', import.meta.url), 'utf8')));

const rubric = {
  metric: 'm',
  scale: { min: 1, max: 3 },
  criteria: [
    { name: 'says yes', description: '', points: 2, signals: { present: ['oh yes'], absent: [] } },
    { name: 'no swearing', description: '', points: 3, signals: { present: [], absent: ['darn'] } },
  ],
};

describe('tone.yaml', () => {
  it.each(document.spec.examples)('gives its own example "$answer" its stated score $score', ({ answer, score }) => {
    expect(applyRubric(document.spec, answer).score).toBe(score);
  });
});

describe('applyRubric', () => {
  it('adds the points of the criteria that are met and stays within the scale', () => {
    expect(applyRubric(rubric, 'Oh, YES! Sure.').score).toBe(3);
    expect(applyRubric(rubric, 'oh yes, darn').score).toBe(3);
    expect(applyRubric(rubric, 'darn').score).toBe(1);
  });

  it('finds phrases as whole words only', () => {
    expect(applyRubric(rubric, 'darning socks').score).toBe(3);
    expect(applyRubric(rubric, 'ohh yes, darn').score).toBe(1);
  });

  it('says which criterion was met, and by which phrase', () => {
    expect(applyRubric(rubric, 'oh yes, darn').reason).toBe('says yes met ("oh yes"); no swearing not met ("darn").');
  });

  it('gives an empty answer the lowest score', () => {
    expect(applyRubric(rubric, '  ')).toEqual({ score: 1, reason: 'The answer is empty.' });
  });
});

describe('compareByRubric', () => {
  it.each([
    ['oh yes', 'darn', 'first'],
    ['darn', 'oh yes', 'second'],
    ['oh yes', 'Oh, yes!', 'tie'],
    ['', 'sure', 'second'],
  ])('of %j and %j prefers %s', (first, second, winner) => {
    expect(compareByRubric(rubric, { first, second })).toMatchObject({ winner });
  });

  it('is the surer, the more of the points lies between them', () => {
    const sure = (first: string, second: string) => compareByRubric(rubric, { first, second }).confidence;
    expect(sure('oh yes', 'darn')).toBeGreaterThan(sure('oh yes', 'sure'));
    expect(sure('oh yes', 'sure')).toBeGreaterThan(0.5);
  });
});
