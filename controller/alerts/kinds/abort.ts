import { kindOfDecision } from '../of-decision.ts';

export const abort = kindOfDecision({
  event: 'abort',
  type: 'abort',
  severity: 'warning',
  word: 'Aborted',
  when: 'somebody ended a rollout',
});
