import { scored } from '../answers/finding.ts';
import { toneOf } from './lexicon.ts';
import { ruleScorer } from './rule-scorer.ts';

export const empathy = ruleScorer({
  name: 'empathy',
  family: 'score',
  // Warm phrases more or less are a matter of style.
  pairMargin: 0.25,
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    '0.45; 0.55 with one kind of warm phrase, 0.6 with more; − 0.4 for each kind of cold one, down to 0. Of a pair it tells differences above 0.25: coldness, and no warm phrases more or less',
  notApplicable: 'no text',
  needs: ['spoken'],
  score: ({ spoken }) => {
    const { value, reason } = toneOf(spoken);
    return scored(value, reason);
  },
});
