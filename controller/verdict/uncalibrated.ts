import { whyNotCalibrated } from '../../schemas/calibration.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { metricPlans } from '../rollout/metric-plan.ts';
import { calibrationKey } from '../rollout/reports.ts';
import type { Run } from '../rollout/run.ts';
import { isCanary } from '../rollout/strategy.ts';

/**
 * Why a judge's word can't promote, where the rollout asks for calibration: the first judge model, in the wording that gave
 * scores to the candidate, that people's labels do not bear out. Null if there is none. Rules need no calibration.
 */
export const uncalibrated = (run: Run, evidence: RolloutEvidence): string | null => {
  if (!isCanary(run.spec) || !run.spec.requireCalibration) return null;
  for (const { spec } of metricPlans(run.spec).filter((plan) => plan.spec.promotes))
    for (const judge of evidence.cells.get(cellKey(spec.name, ALL))?.candidate.judges ?? []) {
      const calibration = run.calibrations.get(calibrationKey(spec.name, judge));
      const why = calibration === undefined ? 'no calibration of it was filed' : whyNotCalibrated(calibration);
      if (why !== null) return `${spec.name} is judged by ${judge}, which is not calibrated: ${why}`;
    }
  return null;
};
