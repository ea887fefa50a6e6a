import { isByModel, meantCount } from '../evidence/coverage.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { metricPlans } from '../rollout/metric-plan.ts';
import type { Run } from '../rollout/run.ts';
import { candidateOf, type RolloutSpec } from '../rollout/strategy.ts';

/** The candidate's requests that were seen in the stage that the rollout is in. */
export const candidateRequests = (run: Run, evidence: RolloutEvidence): number =>
  evidence.stages.get(run.stage)?.candidate.seen ?? 0;

/** All of the candidate's requests that were seen since the start; null in an experiment, which has no candidate. */
export const totalRequests = (spec: RolloutSpec, { stages }: RolloutEvidence): number | null =>
  candidateOf(spec) === null ? null : [...stages.values()].reduce((sum, { candidate }) => sum + candidate.seen, 0);

/**
 * So many of them stand for evidence. Where the rollout is judged by scores, and the judge tells how many answers it meant to
 * score, it is those: a stage then takes longer by as much as a judge that is behind leaves out. Where models score, what they
 * were to be asked and left out is left out here in the same proportion.
 */
export const countedRequests = (run: Run, evidence: RolloutEvidence): number => {
  const seen = candidateRequests(run, evidence);
  const counts = evidence.stages.get(run.stage);
  const scored = metricPlans(run.spec).filter(({ metric }) => metric.source === 'scores');
  if (counts === undefined || scored.length === 0) return seen;
  const { candidate } = counts;
  // Of the stages before, too: a judge that is behind comes to this one's answers later.
  const isTold = evidence.pace.length > 0;
  const byRules = isTold ? Math.min(seen, meantCount(candidate.byRules)) : seen;
  const asksModels = candidate.byModels.count > 0 && scored.some(({ metric }) => isByModel(counts, metric.rows));
  if (!asksModels) return byRules;
  return Math.min(byRules, Math.floor((seen * meantCount(candidate.byModels)) / candidate.byModels.count));
};
