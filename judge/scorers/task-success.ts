import { rate } from '../answers/finding.ts';
import { matchToolCalls } from '../answers/tool-match.ts';
import { ruleScorer } from './rule-scorer.ts';

export const taskSuccess = ruleScorer({
  name: 'task_success',
  family: 'rate',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    "1 if the tool calls are exactly those of the reference, in any order, by the [leaderboard's AST match](../judge/answers/tool-match.ts); 0 otherwise. What was masked is held against the reference as redaction would leave that",
  notApplicable: 'no reference is known',
  needs: ['answer', 'reference', 'request'],
  score: ({ answer, reference, request }) => {
    const { success, reason } = matchToolCalls(answer, reference.accepted, request.offered);
    return rate(success, reason || 'as the reference answer has it');
  },
});
