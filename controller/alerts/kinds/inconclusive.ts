import { kindOfDecision } from '../of-decision.ts';

export const inconclusive = kindOfDecision({
  event: 'inconclusive',
  type: 'inconclusive',
  severity: 'warning',
  word: 'Inconclusive',
  when: 'a rollout reached its deadline, or an experiment its end, and nothing was proven',
});
