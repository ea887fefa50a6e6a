import { absent, notApplicable, rate } from '../answers/finding.ts';
import { callVerdicts } from './call-verdicts.ts';
import { ruleScorer } from './rule-scorer.ts';

export const toolValidity = ruleScorer({
  name: 'tool_validity',
  family: 'rate',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    "1 if every call names an offered function and its arguments (none count as `{}`) fit that function's schema; a custom tool has to be offered",
  notApplicable:
    "no call but of custom tools that were offered; a schema that can't be used; a masked value that does not fit",
  needs: ['answer', 'calls', 'request'],
  score: ({ answer, request, check }) => {
    const verdicts = callVerdicts(answer, request, check);
    const invalid = verdicts.find(({ valid }) => valid === false);
    if (invalid) return rate(false, invalid.reason);
    const unjudged = verdicts.find(({ valid }) => valid === null);
    if (unjudged) return absent(unjudged.reason);
    return verdicts.length === 0
      ? notApplicable('only custom tools were called, whose input is free text')
      : rate(true, 'all calls fit their schemas');
  },
});
