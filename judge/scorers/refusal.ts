import { rate } from '../answers/finding.ts';
import { isRefusal } from './lexicon.ts';
import { ruleScorer } from './rule-scorer.ts';

export const refusal = ruleScorer({
  name: 'refusal',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'scores',
  definition:
    "1 if the answer declines what was asked, in words or in the API's own field. A lack (no such order, no live data) is no refusal",
  notApplicable: 'no text',
  needs: ['answer', 'spoken'],
  score: ({ answer, spoken }) => {
    const refuses = answer.refused || isRefusal(spoken);
    return rate(refuses, refuses ? 'the answer declines' : 'the answer does not decline');
  },
});
