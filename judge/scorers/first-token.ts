import { notApplicable, scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const firstToken = ruleScorer({
  name: 'first_token',
  family: 'measure',
  better: 'lower',
  unit: 'seconds',
  comparedBy: 'p99',
  source: 'exchanges',
  definition: 'to a stream’s first content',
  notApplicable: 'answers that are no stream',
  needs: ['whole'],
  score: ({ answered: { stream, firstByteMs } }) =>
    stream && firstByteMs !== null
      ? scored(firstByteMs / 1_000, 'time to a stream’s first content')
      : notApplicable('time to a stream’s first content is not known'),
});
