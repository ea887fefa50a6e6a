import { notApplicable, scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const cost = ruleScorer({
  name: 'cost',
  family: 'measure',
  better: 'lower',
  unit: 'milli-usd',
  comparedBy: 'mean',
  source: 'exchanges',
  definition: 'tokens by the version’s prices',
  notApplicable: 'no prices or no token counts',
  needs: ['whole'],
  score: ({ answered: { costUsd } }) =>
    costUsd === null
      ? notApplicable('cost by the version’s prices is not known')
      : scored(costUsd * 1_000, 'cost by the version’s prices'),
});
