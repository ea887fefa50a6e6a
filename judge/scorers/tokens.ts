import { notApplicable, scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const tokens = ruleScorer({
  name: 'tokens',
  family: 'measure',
  better: 'lower',
  unit: 'kilo-tokens',
  comparedBy: 'mean',
  source: 'exchanges',
  definition: 'of prompt and completion',
  notApplicable: 'no token counts',
  needs: ['whole'],
  score: ({ answered: { promptTokens, completionTokens } }) =>
    promptTokens === null && completionTokens === null
      ? notApplicable('tokens of prompt and completion is not known')
      : scored(((promptTokens ?? 0) + (completionTokens ?? 0)) / 1_000, 'tokens of prompt and completion'),
});
