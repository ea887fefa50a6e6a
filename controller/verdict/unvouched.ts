import { countText } from '../../schemas/sentence/figures.ts';
import { noCounts } from '../evidence/coverage.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import type { Run } from '../rollout/run.ts';

const WHOSE = 'callers without the role `subjects`';

/**
 * Why a stage sees nothing though there are requests: none of them is evidence. Null where any counts, or there are none. Most likely it
 * is one application, whose key nobody gave the role.
 */
export const unvouchedShortfall = (run: Run, evidence: RolloutEvidence): string | null => {
  const { candidate, stable } = evidence.stages.get(run.stage) ?? noCounts();
  const unvouched = candidate.unvouched + stable.unvouched;
  if (candidate.seen + stable.seen > 0 || unvouched === 0) return null;
  return `no data: all ${countText(unvouched)} requests in this stage came from ${WHOSE}, which count for nothing; give the application a key with that role (docs/keys.md)`;
};

/** The same of the candidate alone, as the end of a sentence that says that it had no request; '' if it had none of those either. */
export const butUnvouched = (run: Run, evidence: RolloutEvidence): string => {
  const { candidate } = evidence.stages.get(run.stage) ?? noCounts();
  return candidate.unvouched === 0 ? '' : `, but for ${countText(candidate.unvouched)} of ${WHOSE}, which do not count`;
};
