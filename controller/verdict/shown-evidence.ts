import type { Decision } from '../../schemas/decision.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { experimentEvidence } from './experiment-evidence.ts';
import { decidingKeys, evidenceEntries } from './explanation.ts';
import { experimentPlan, type Observation } from './observe.ts';
import { metricLimits } from '../rollout/limits.ts';
import { brokenLimitKeys, limitEntries } from '../evidence/limit-tallies.ts';
import type { Run } from '../rollout/run.ts';
import { brokenKeys, thresholdEntries } from '../evidence/threshold-blocks.ts';

export type ShownEvidence = Pick<Decision, 'logE' | 'logThreshold' | 'evidence' | 'windowKeys'>;

/** What a rollout's evidence is shown by, in decisions and in the live view, whatever its strategy. */
export const shownEvidence = (
  run: Run,
  evidence: RolloutEvidence,
  { verdict, experiment }: Pick<Observation, 'verdict' | 'experiment'>,
): ShownEvidence => {
  const limits = metricLimits(run.spec);
  const plain = [...thresholdEntries(evidence.blocks), ...limitEntries(limits, evidence.tallies)];
  const broken = brokenKeys(evidence.blocks) ?? brokenLimitKeys(limits, evidence.tallies);
  if (verdict !== null)
    return {
      logE: verdict.logE,
      logThreshold: verdict.logThreshold,
      evidence: [...plain, ...evidenceEntries(verdict, evidence)],
      windowKeys: [...(broken ?? decidingKeys(verdict, evidence))],
    };
  const plan = experimentPlan(run);
  if (plan === null || experiment === null || evidence.experiment === null)
    return { logE: null, logThreshold: null, evidence: plain, windowKeys: [...(broken ?? [])] };
  return {
    logE: experiment.logE,
    logThreshold: experiment.logThreshold,
    evidence: experimentEvidence(evidence.experiment, plan),
    windowKeys: [...experiment.keys],
  };
};
