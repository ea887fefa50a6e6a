import { type AlertKind, subjectOf } from '../alert-kind.ts';
import { heldRollouts } from '../holds.ts';

export const hold: AlertKind = {
  severity: 'warning',
  title: (fact) => `On hold: ${subjectOf(fact)}`,
  about: {
    when: 'a rollout has been on HOLD for longer than `holdLongerThan`, whatever the reason',
    over: 'it is released, or ends',
  },
  standing: (world) => heldRollouts(world, { event: 'hold', severity: 'warning' }, () => true),
  opensAfterMs: (spec) => spec.holdLongerThan,
};
