import { type AlertKind, subjectOf } from '../alert-kind.ts';
import { heldRollouts, isOfCoverage } from '../holds.ts';

export const coverageLost: AlertKind = {
  severity: 'warning',
  title: (fact) => `Telemetry is missing: ${subjectOf(fact)}`,
  about: {
    when: 'a rollout is on HOLD because less of its answers arrives than the front door counted, or unevenly between the arms',
    over: 'enough arrives again, or the rollout ends',
  },
  standing: (world) => heldRollouts(world, { event: 'coverage-lost', severity: 'warning' }, isOfCoverage),
};
