import type { RolloutView } from '../../schemas/controller-api.ts';
import { countText, plainText, strengthText } from '../../schemas/sentence/figures.ts';
import { isOver } from './verdict.ts';

/** The evidence against the candidate beside what would prove it worse. */
export const proofText = ({ logE, logThreshold, policy, strategy }: RolloutView): string => {
  if (strategy === 'bluegreen' || policy === 'thresholds') return 'plain thresholds';
  if (logE === null || logThreshold === null) return 'none yet';
  return `${strengthText(logE)} of ${strengthText(logThreshold)}`;
};

const requestsText = (count: number | null): string =>
  count === null ? '' : `${countText(count)} request${count === 1 ? '' : 's'} so far`;

/** Whose requests the candidate answers: a share of users, or nobody's while it is in the shadow. */
export const reachText = (rollout: RolloutView): { users: string; requests: string } => {
  const { state, weights, candidateRequests, arms } = rollout;
  const requests = requestsText(candidateRequests);
  if (state === 'shadow') return { users: 'Nobody', requests: 'it answers copies, unseen' };
  if (weights === null && isOver(rollout))
    return { users: 'All users', requests: arms.map(({ version }) => version).join(', ') };
  if (weights === null) {
    const split = arms.map(({ name, weightPct }) => `${name} ${plainText(weightPct)} %`).join(', ');
    return { users: 'All users', requests: split };
  }
  if (isOver(rollout)) return { users: weights.candidate === 100 ? 'All users' : 'Nobody now', requests };
  if (weights.candidate === 0) return { users: 'Nobody', requests };
  return { users: `${plainText(weights.candidate)} % of users`, requests };
};

/** Why there are no metrics to show. */
export const noMetricsText = (rollout: Pick<RolloutView, 'state' | 'strategy'>): string => {
  if (isOver(rollout)) return 'It ended before anything was judged.';
  switch (rollout.state) {
    case 'gate':
      return 'Nothing is compared before its gate has passed: docs/gate.md says how to run it.';
    case 'smoke':
      return 'Nothing is compared before its smoke requests have passed.';
    default:
      return rollout.strategy === 'bluegreen'
        ? 'Nothing is compared: its document asks for no thresholds, or none is checked yet.'
        : 'No window is judged yet: the first one is within a minute or so.';
  }
};
