import { kindOfDecision } from '../of-decision.ts';

export const rollback = kindOfDecision({
  event: 'rollback',
  type: 'rollback',
  severity: 'critical',
  word: 'Rolled back',
  when: 'a version proved worse, or broke a threshold, and was taken out',
});
