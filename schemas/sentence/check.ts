import type { CheckResult } from '../rollout-check.ts';

const SAYS: Readonly<Record<CheckResult['outcome'], string>> = {
  passed: 'passed',
  failed: 'does not pass',
  unanswered: 'could not be asked',
};

/** "check release does not pass: a change freeze until Monday", without a full stop. */
export const checkText = ({ name, outcome, reason }: Pick<CheckResult, 'name' | 'outcome' | 'reason'>): string =>
  `check ${name} ${SAYS[outcome]}${reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`}`;
