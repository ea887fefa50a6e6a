import { type AlertKind, subjectOf } from '../alert-kind.ts';
import { heldRollouts, isOfJudge } from '../holds.ts';

export const judgeBehind: AlertKind = {
  severity: 'warning',
  title: (fact) => `The judge is behind: ${subjectOf(fact)}`,
  about: {
    when: 'a rollout is on HOLD because the judge is silent, fails, or scores too few answers for any decision',
    over: 'the judge has caught up, or the rollout ends',
  },
  standing: (world) => heldRollouts(world, { event: 'judge-behind', severity: 'warning' }, isOfJudge),
};
