import { isFailure } from '../../schemas/exchange.ts';
import { rate } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const errorRate = ruleScorer({
  name: 'error_rate',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'exchanges',
  definition: '1 if the version failed, timed out, broke off or answered 4xx, or another version had to answer',
  notApplicable: '',
  needs: [],
  score: ({ answered: { outcome, status } }) => rate(isFailure(outcome), `${outcome}, status ${status}`),
});
