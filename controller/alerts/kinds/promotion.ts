import { kindOfDecision } from '../of-decision.ts';

export const promotion = kindOfDecision({
  event: 'promotion',
  type: 'promote',
  severity: 'info',
  word: 'Promoted',
  when: 'a version passed and is in service',
});
