import { tokensPerSecond } from '../../openai/tokens-per-second.ts';
import { notApplicable, scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const throughput = ruleScorer({
  name: 'throughput',
  family: 'measure',
  better: 'higher',
  unit: 'tokens-per-second',
  comparedBy: 'p99',
  source: 'exchanges',
  definition: 'completion tokens / time, of a stream from its first content on',
  notApplicable: 'no completion tokens, or written in under 1 ms; a streamed shadow of several rounds',
  needs: ['whole'],
  score: ({ answered }) => {
    // A stream's first byte is the last round's, its tokens are of all.
    const perSecond = answered.stream && answered.rounds > 1 ? null : tokensPerSecond(answered);
    return perSecond === null
      ? notApplicable('completion tokens per second is not known')
      : scored(perSecond, 'completion tokens per second');
  },
});
