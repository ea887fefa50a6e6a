import { failed, scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const cost = ruleScorer({
  name: 'cost',
  family: 'measure',
  better: 'lower',
  unit: 'milli-usd',
  comparedBy: 'mean',
  source: 'exchanges',
  definition:
    'tokens by the version’s prices, the prompt’s cached ones by their own. Where there are prices and the answer tells no tokens, or not all, the cost is missing, and coverage says so',
  notApplicable: 'answers that are not whole',
  needs: ['whole'],
  score: ({ answered: { costUsd } }) =>
    costUsd === null
      ? failed('the version has prices, and the answer tells no tokens, or not all of them')
      : scored(costUsd * 1_000, 'cost by the version’s prices'),
});
