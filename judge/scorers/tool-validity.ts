import { notApplicable, rate } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

export const toolValidity = ruleScorer({
  name: 'tool_validity',
  family: 'rate',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition: "1 if every call names an offered function and its arguments fit that function's schema",
  notApplicable: "no call; a schema that can't be used",
  needs: ['calls', 'request'],
  score: ({ calls, request, check }) => {
    const verdicts = calls.map((call) => check(call, request.offered));
    const invalid = verdicts.find(({ valid }) => valid === false);
    if (invalid) return rate(false, invalid.reason);
    const unjudged = verdicts.find(({ valid }) => valid === null);
    return unjudged ? notApplicable(unjudged.reason) : rate(true, 'all calls fit their schemas');
  },
});
