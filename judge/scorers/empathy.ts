import { scored } from '../answers/finding.ts';
import { toneOf } from './lexicon.ts';
import { ruleScorer } from './rule-scorer.ts';

export const empathy = ruleScorer({
  name: 'empathy',
  family: 'score',
  // A kind of phrase more or less is a matter of style.
  pairMargin: 0.25,
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    '0.4; 0.8 with one kind of warm phrase, 0.9 with two, 1 with more; − 0.4 for each kind of cold one, down to 0. Of a pair it tells differences above 0.25',
  notApplicable: 'no text',
  needs: ['spoken'],
  score: ({ spoken }) => {
    const { value, reason } = toneOf(spoken);
    return scored(value, reason);
  },
});
