import { scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const latency = ruleScorer({
  name: 'latency',
  family: 'measure',
  better: 'lower',
  unit: 'seconds',
  comparedBy: 'p99',
  source: 'exchanges',
  definition: 'to the last byte',
  notApplicable: 'answers that are not whole',
  needs: ['whole'],
  score: ({ answered }) => scored(answered.latencyMs / 1_000, 'time of the whole answer'),
});
