import { totalTokens } from '../../openai/total-tokens.ts';
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
  notApplicable: 'answers that do not tell both counts',
  needs: ['whole'],
  score: ({ answered }) => {
    const total = totalTokens(answered);
    return total === null
      ? notApplicable('tokens of prompt and completion are not both known')
      : scored(total / 1_000, 'tokens of prompt and completion');
  },
});
