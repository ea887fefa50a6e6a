import type { RolloutState } from '../../schemas/decision.ts';

/**
 * The states as the table tells them apart: canary by whether its stage is the last, paused by where it resumes. `smoke` and
 * `watch` are blue-green's, `experiment` is an A/B.
 */
export type TableState =
  | 'shadow'
  | 'shadow on hold'
  | 'canary'
  | 'canary on hold'
  | 'last stage'
  | 'paused in shadow'
  | 'paused in canary'
  | 'smoke'
  | 'watch'
  | 'watch on hold'
  | 'paused in watch'
  | 'experiment'
  | 'paused experiment'
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
  | 'promote an arm'
  | 'abort'
  | 'smoke: passed'
  | 'smoke: failed';

/** `-`: nothing happens; `refused`; else the decision's type, the state after it, and the stage after it. */
export type Expected = '-' | 'refused' | `${string} → ${RolloutState} ${number}`;

/** What a rollout with one candidate that is past its smoke check, or has none, makes of the others' events. */
const NOT_ITS_OWN = { 'promote an arm': 'refused', 'smoke: passed': '-', 'smoke: failed': '-' } as const;

const OVER: Record<TableEvent, Expected> = {
  ...NOT_ITS_OWN,
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

/** Stages are 0 and 1. No `Partial`: the compiler counts the cells. */
export const TABLE: Record<TableState, Record<TableEvent, Expected>> = {
  shadow: {
    ...NOT_ITS_OWN,
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
    ...NOT_ITS_OWN,
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
    ...NOT_ITS_OWN,
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
    ...NOT_ITS_OWN,
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
    ...NOT_ITS_OWN,
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
    ...NOT_ITS_OWN,
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
    ...NOT_ITS_OWN,
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
  smoke: {
    'windows: worse': 'rollback → rolled_back -1',
    'windows: deadline': 'inconclusive → inconclusive -1',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    'windows: judged before': '-',
    pause: 'refused',
    resume: 'refused',
    promote: 'promote → promoted -1',
    'promote an arm': 'refused',
    abort: 'rollback → rolled_back -1',
    'smoke: passed': 'switch → watch 0',
    'smoke: failed': 'rollback → rolled_back -1',
  },
  watch: {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': 'hold → watch 0',
    'windows: early': '-',
    'windows: due': 'promote → promoted 0',
    'windows: judged before': '-',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    'promote an arm': 'refused',
    abort: 'rollback → rolled_back 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'watch on hold': {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': 'release → watch 0',
    'windows: due': 'release → watch 0',
    'windows: judged before': '-',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    'promote an arm': 'refused',
    abort: 'rollback → rolled_back 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'paused in watch': {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    'windows: judged before': '-',
    pause: 'refused',
    resume: 'resume → watch 0',
    promote: 'promote → promoted 0',
    'promote an arm': 'refused',
    abort: 'rollback → rolled_back 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  experiment: {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': 'hold → ab 0',
    'windows: early': '-',
    'windows: due': 'inconclusive → inconclusive 0',
    'windows: judged before': '-',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'refused',
    'promote an arm': 'promote → promoted 0',
    abort: 'rollback → rolled_back 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'paused experiment': {
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    'windows: judged before': '-',
    pause: 'refused',
    resume: 'resume → ab 0',
    promote: 'refused',
    'promote an arm': 'promote → promoted 0',
    abort: 'rollback → rolled_back 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  promoted: OVER,
  'rolled back': OVER,
  inconclusive: OVER,
};
