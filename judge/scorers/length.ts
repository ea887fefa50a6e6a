import { scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const length = ruleScorer({
  name: 'length',
  family: 'measure',
  better: 'lower',
  unit: 'kilo-characters',
  comparedBy: 'mean',
  source: 'scores',
  definition: 'characters of the text',
  notApplicable: 'no text',
  needs: ['text'],
  score: ({ text }) => scored(text.length / 1_000, `${text.length} characters`),
});
