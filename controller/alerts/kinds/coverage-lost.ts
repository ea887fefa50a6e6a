import { type AlertKind, subjectOf } from '../alert-kind.ts';
import { heldRollouts, isOfCoverage } from '../holds.ts';

export const coverageLost: AlertKind = {
  severity: 'warning',
  title: (fact) => `Telemetry is missing: ${subjectOf(fact)}`,
  about: {
    when: 'of the requests for an agent that has no canary, fewer than 95 % arrive as exchanges, or of its answers fewer than 80 % with scores or the word that they were left out, over half an hour at most; or a rollout is on HOLD because less arrives than the front door counted, or unevenly between the arms',
    over: '99 %, or 95 %, arrive again, or there are no requests for half an hour; the rollout goes on, or ends',
  },
  standing: (world) => heldRollouts(world, { event: 'coverage-lost', severity: 'warning' }, isOfCoverage),
};
