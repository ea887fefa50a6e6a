import type { RolloutState } from '../../schemas/decision.ts';

/** The states as the table tells them apart: canary by whether its stage is the last, paused by where it resumes. */
export type TableState =
  | 'shadow'
  | 'shadow on hold'
  | 'canary'
  | 'canary on hold'
  | 'last stage'
  | 'paused in shadow'
  | 'paused in canary'
  | 'promoted'
  | 'rolled back'
  | 'inconclusive';

export type TableEvent =
  | 'windows: worse'
  | 'windows: deadline'
  | 'windows: short'
  | 'windows: early'
  | 'windows: due'
  | 'windows: judged before'
  | 'pause'
  | 'resume'
  | 'promote'
  | 'abort';

/** `-`: nothing happens; `refused`; else the decision's type, the state after it, and the stage after it. */
export type Expected = '-' | 'refused' | `${string} → ${RolloutState} ${number}`;

const OVER: Record<TableEvent, Expected> = {
  'windows: worse': '-',
  'windows: deadline': '-',
  'windows: short': '-',
  'windows: early': '-',
  'windows: due': '-',
  'windows: judged before': '-',
  pause: 'refused',
  resume: 'refused',
  promote: 'refused',
  abort: 'refused',
};

/** Stages are 0 and 1. No `Partial`: the compiler counts the 100 cells. */
export const TABLE: Record<TableState, Record<TableEvent, Expected>> = {
  shadow: {
    'windows: worse': 'rollback → rolled_back -1',
    'windows: deadline': 'inconclusive → inconclusive -1',
    'windows: short': 'hold → shadow -1',
    'windows: early': '-',
    'windows: due': 'advance → canary 0',
    'windows: judged before': '-',
    pause: 'pause → paused -1',
    resume: 'refused',
    promote: 'promote → promoted -1',
    abort: 'rollback → rolled_back -1',
  },
  'shadow on hold': {
    'windows: worse': 'rollback → rolled_back -1',
    'windows: deadline': 'inconclusive → inconclusive -1',
    'windows: short': '-',
    'windows: early': 'release → shadow -1',
    'windows: due': 'release → shadow -1',
    'windows: judged before': '-',
    pause: 'pause → paused -1',
    resume: 'refused',
    promote: 'promote → promoted -1',
    abort: 'rollback → rolled_back -1',
  },
  canary: {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': 'hold → canary 0',
    'windows: early': '-',
    'windows: due': 'advance → canary 1',
    'windows: judged before': '-',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    abort: 'rollback → rolled_back 0',
  },
  'canary on hold': {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': 'release → canary 0',
    'windows: due': 'release → canary 0',
    'windows: judged before': '-',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    abort: 'rollback → rolled_back 0',
  },
  'last stage': {
    'windows: worse': 'rollback → rolled_back 1',
    'windows: deadline': 'inconclusive → inconclusive 1',
    'windows: short': 'hold → canary 1',
    'windows: early': '-',
    'windows: due': 'promote → promoted 1',
    'windows: judged before': '-',
    pause: 'pause → paused 1',
    resume: 'refused',
    promote: 'promote → promoted 1',
    abort: 'rollback → rolled_back 1',
  },
  'paused in shadow': {
    'windows: worse': 'rollback → rolled_back -1',
    'windows: deadline': 'inconclusive → inconclusive -1',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    'windows: judged before': '-',
    pause: 'refused',
    resume: 'resume → shadow -1',
    promote: 'promote → promoted -1',
    abort: 'rollback → rolled_back -1',
  },
  'paused in canary': {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    'windows: judged before': '-',
    pause: 'refused',
    resume: 'resume → canary 0',
    promote: 'promote → promoted 0',
    abort: 'rollback → rolled_back 0',
  },
  promoted: OVER,
  'rolled back': OVER,
  inconclusive: OVER,
};
