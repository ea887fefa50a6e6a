import { type AlertEvent, ROUTED_EVENTS } from '../../../schemas/alert.ts';
import type { AlertKind } from '../alert-kind.ts';
import { abort } from './abort.ts';
import { budgetUsed } from './budget-used.ts';
import { coverageLost } from './coverage-lost.ts';
import { deadLetters } from './dead-letters.ts';
import { gateFailed } from './gate-failed.ts';
import { hold } from './hold.ts';
import { inconclusive } from './inconclusive.ts';
import { judgeBehind } from './judge-behind.ts';
import { pipelineSilent } from './pipeline-silent.ts';
import { promotion } from './promotion.ts';
import { regression } from './regression.ts';
import { rollback } from './rollback.ts';
import { trial } from './trial.ts';
import { waiting } from './waiting.ts';

/** What alerts are about; an event without its definition does not compile. */
export const ALERT_KINDS: Readonly<Record<AlertEvent, AlertKind>> = {
  rollback,
  promotion,
  abort,
  inconclusive,
  hold,
  waiting,
  'gate-failed': gateFailed,
  'budget-used': budgetUsed,
  'judge-behind': judgeBehind,
  'coverage-lost': coverageLost,
  regression,
  'dead-letters': deadLetters,
  'pipeline-silent': pipelineSilent,
  test: trial,
};

/** Those that routes choose by, as the pages list them. */
export const ROUTED_KINDS = ROUTED_EVENTS.map((event) => ({ event, ...ALERT_KINDS[event] }));
