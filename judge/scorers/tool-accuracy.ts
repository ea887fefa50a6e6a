import { scored } from '../answers/finding.ts';
import { countRightCalls } from '../answers/tool-match.ts';
import { ruleScorer } from './rule-scorer.ts';

/** A missing call, an extra one and a repeated one cost the same. Right is what `countRightCalls` says, the leaderboard's AST match. */
export const toolAccuracy = ruleScorer({
  name: 'tool_accuracy',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    'right calls / max(calls expected, calls made). A call is right wholly or not at all: a wrong, missing or made-up argument makes it wrong. An extra or repeated call costs as much as a missing one. Where no call is right: 1 for none, 0 for any',
  notApplicable: 'no reference is known',
  needs: ['answer', 'reference', 'request'],
  score: ({ answer, reference, request }) => {
    const accepted = reference.accepted ?? [];
    const made = answer.toolCalls.length;
    if (accepted.length === 0)
      return scored(made === 0 ? 1 : 0, made === 0 ? 'no call, as is right' : `${made} calls where none is right`);
    const right = countRightCalls(answer, accepted, request.offered);
    const of = Math.max(accepted.length, made);
    return scored(right / of, `${right} right calls; ${accepted.length} expected, ${made} made`);
  },
});
