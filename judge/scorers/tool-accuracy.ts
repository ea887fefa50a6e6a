import { countRightCalls } from '../answers/tool-match.ts';
import { type ContentScorer, notApplicable, scored } from './finding.ts';

/**
 * Right calls / max(calls expected, calls made), from 0 to 1: a missing call, an extra one and a repeated one cost the same.
 * A call is right wholly or not at all (`countRightCalls`, the leaderboard's AST match). Where the right answer makes no call,
 * making none is 1 and any call is 0. Not applicable without a reference, or with a request that can't be read.
 */
export const toolAccuracy: ContentScorer = (metric, { request, answer, reference }) => {
  if (!reference) return notApplicable(metric, 'no reference answer is known');
  if (!request.ok) return notApplicable(metric, request.reason);
  const accepted = reference.accepted ?? [];
  const made = answer.toolCalls.length;
  if (accepted.length === 0)
    return scored(
      metric,
      made === 0 ? 1 : 0,
      made === 0 ? 'no call, as is right' : `${made} calls where none is right`,
    );
  const right = countRightCalls(answer.toolCalls, accepted, request.value.offered);
  const of = Math.max(accepted.length, made);
  return scored(metric, right / of, `${right} right calls; ${accepted.length} expected, ${made} made`);
};
