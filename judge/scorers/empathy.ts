import { scored } from '../answers/finding.ts';
import { toneOf } from './lexicon.ts';
import { ruleScorer } from './rule-scorer.ts';

export const empathy = ruleScorer({
  name: 'empathy',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition: '0.4; + 0.2 for each kind of warm phrase, up to 1; − 0.3 for each kind of cold one, down to 0',
  notApplicable: 'no text',
  needs: ['spoken'],
  score: ({ spoken }) => {
    const { value, reason } = toneOf(spoken);
    return scored(value, reason);
  },
});
