import type { RolloutState } from '../../schemas/decision.ts';

/**
 * The states as the table tells them apart: canary by whether its stage is the last and by how it is promoted (by time
 * where nothing is said), paused by where it resumes. `smoke` and
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
  | 'canary by budget'
  | 'canary by proof'
  | 'last stage by proof'
  | 'shadow before a pause'
  | 'canary before a pause'
  | 'last stage before a pause'
  | 'canary by proof before a pause'
  | 'in a pause'
  | 'in a timed pause'
  | 'in a timed pause made to wait'
  | 'a pause behind it'
  | 'checks not asked'
  | 'checks passed'
  | 'checks passed long ago'
  | 'a check failed'
  | 'paused with checks'
  | 'before the gate'
  | 'gate passed'
  | 'gate failed'
  | 'experiment'
  | 'paused experiment'
  | 'promoted'
  | 'rolled back'
  | 'aborted'
  | 'inconclusive';

export type TableEvent =
  | 'windows: worse'
  | 'windows: deadline'
  | 'windows: short'
  | 'windows: early'
  | 'windows: due'
  | 'windows: judged before'
  | 'windows: proven'
  | 'windows: another weight'
  | 'windows: a winner'
  | 'windows: equivalent'
  | 'pause'
  | 'resume'
  | 'skip'
  | 'promote'
  | 'promote an arm'
  | 'abort'
  | 'smoke: passed'
  | 'smoke: failed'
  | 'checks: passed'
  | 'checks: failed'
  | 'checks: failed, which ends it'
  | 'checks: unanswered';

/** `-`: nothing happens; `refused`; else the decision's type, the state after it, and the stage after it. */
export type Expected = '-' | 'await checks' | 'refused' | `${string} → ${RolloutState} ${number}`;

/** What a rollout with one candidate that is past its smoke check, or has none, makes of the others' events. */
const NOT_ITS_OWN = { 'smoke: passed': '-', 'smoke: failed': '-' } as const;

/** What most states make of windows that were judged before, and of what only proof, a budget, an experiment or a plan with stages asks for. */
const QUIET = {
  'windows: judged before': '-',
  'windows: proven': '-',
  'windows: another weight': '-',
  'windows: a winner': '-',
  'windows: equivalent': '-',
  'checks: passed': '-',
  'checks: failed': '-',
  'checks: failed, which ends it': '-',
  'checks: unanswered': '-',
  skip: 'refused',
  'promote an arm': 'refused',
} as const;

const OVER: Record<TableEvent, Expected> = {
  ...QUIET,
  ...NOT_ITS_OWN,
  'windows: worse': '-',
  'windows: deadline': '-',
  'windows: short': '-',
  'windows: early': '-',
  'windows: due': '-',
  pause: 'refused',
  resume: 'refused',
  promote: 'refused',
  abort: 'refused',
};

const SHADOW: Record<TableEvent, Expected> = {
  ...QUIET,
  ...NOT_ITS_OWN,
  'windows: worse': 'rollback → rolled_back -1',
  'windows: deadline': 'inconclusive → inconclusive -1',
  'windows: short': 'hold → shadow -1',
  'windows: early': '-',
  'windows: due': 'advance → canary 0',
  pause: 'pause → paused -1',
  resume: 'refused',
  promote: 'promote → promoted -1',
  abort: 'abort → aborted -1',
};

const CANARY: Record<TableEvent, Expected> = {
  ...QUIET,
  ...NOT_ITS_OWN,
  'windows: worse': 'rollback → rolled_back 0',
  'windows: deadline': 'inconclusive → inconclusive 0',
  'windows: short': 'hold → canary 0',
  'windows: early': '-',
  'windows: due': 'advance → canary 1',
  pause: 'pause → paused 0',
  resume: 'refused',
  skip: 'advance → canary 1',
  promote: 'promote → promoted 0',
  abort: 'abort → aborted 0',
};

const LAST_STAGE: Record<TableEvent, Expected> = {
  ...QUIET,
  ...NOT_ITS_OWN,
  'windows: worse': 'rollback → rolled_back 1',
  'windows: deadline': 'inconclusive → inconclusive 1',
  'windows: short': 'hold → canary 1',
  'windows: early': '-',
  'windows: due': 'promote → promoted 1',
  pause: 'pause → paused 1',
  resume: 'refused',
  promote: 'promote → promoted 1',
  abort: 'abort → aborted 1',
};

const PAUSED: Record<TableEvent, Expected> = {
  ...QUIET,
  ...NOT_ITS_OWN,
  'windows: worse': 'rollback → rolled_back 0',
  'windows: deadline': 'inconclusive → inconclusive 0',
  'windows: short': '-',
  'windows: early': '-',
  'windows: due': '-',
  pause: 'refused',
  resume: 'resume → canary 0',
  promote: 'promote → promoted 0',
  abort: 'abort → aborted 0',
};

/** What a canary's checks lead to, none of which was asked before. */
const CHECKED = {
  'checks: passed': 'check → canary 0',
  'checks: failed': 'check → canary 0',
  'checks: failed, which ends it': 'rollback → rolled_back 0',
  'checks: unanswered': 'check → canary 0',
} as const;

/** Stages are 0 and 1. No `Partial`: the compiler counts the cells. */
export const TABLE: Record<TableState, Record<TableEvent, Expected>> = {
  shadow: SHADOW,
  'shadow on hold': {
    ...SHADOW,
    'windows: short': '-',
    'windows: early': 'release → shadow -1',
    'windows: due': 'release → shadow -1',
    'windows: proven': 'release → shadow -1',
    'windows: another weight': 'release → shadow -1',
    'windows: a winner': 'release → shadow -1',
    'windows: equivalent': 'release → shadow -1',
  },
  canary: CANARY,
  'canary on hold': {
    ...CANARY,
    skip: 'refused',
    'windows: short': '-',
    'windows: early': 'release → canary 0',
    'windows: due': 'release → canary 0',
    'windows: proven': 'release → canary 0',
    'windows: another weight': 'release → canary 0',
    'windows: a winner': 'release → canary 0',
    'windows: equivalent': 'release → canary 0',
  },
  'last stage': LAST_STAGE,
  'paused in shadow': {
    ...QUIET,
    ...NOT_ITS_OWN,
    'windows: worse': 'rollback → rolled_back -1',
    'windows: deadline': 'inconclusive → inconclusive -1',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    pause: 'refused',
    resume: 'resume → shadow -1',
    promote: 'promote → promoted -1',
    abort: 'abort → aborted -1',
  },
  'paused in canary': PAUSED,
  smoke: {
    ...QUIET,
    'windows: worse': 'rollback → rolled_back -1',
    'windows: deadline': 'inconclusive → inconclusive -1',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    pause: 'refused',
    resume: 'refused',
    promote: 'promote → promoted -1',
    abort: 'abort → aborted -1',
    'smoke: passed': 'switch → watch 0',
    'smoke: failed': 'rollback → rolled_back -1',
  },
  watch: {
    ...QUIET,
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': 'hold → watch 0',
    'windows: early': '-',
    'windows: due': 'promote → promoted 0',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    abort: 'abort → aborted 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'watch on hold': {
    ...QUIET,
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': 'release → watch 0',
    'windows: due': 'release → watch 0',
    'windows: proven': 'release → watch 0',
    'windows: another weight': 'release → watch 0',
    'windows: a winner': 'release → watch 0',
    'windows: equivalent': 'release → watch 0',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    abort: 'abort → aborted 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'paused in watch': {
    ...QUIET,
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    pause: 'refused',
    resume: 'resume → watch 0',
    promote: 'promote → promoted 0',
    abort: 'abort → aborted 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'canary by budget': {
    ...QUIET,
    ...NOT_ITS_OWN,
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': 'hold → canary 0',
    'windows: early': '-',
    'windows: due': '-',
    'windows: proven': 'promote → promoted 0',
    'windows: another weight': 'adjust → canary 0',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'promote → promoted 0',
    abort: 'abort → aborted 0',
  },
  'canary by proof': { ...CANARY, 'windows: proven': 'promote → promoted 0' },
  'last stage by proof': { ...LAST_STAGE, 'windows: due': '-', 'windows: proven': 'promote → promoted 1' },
  'shadow before a pause': { ...SHADOW, 'windows: due': 'pause → paused -1' },
  'canary before a pause': { ...CANARY, 'windows: due': 'pause → paused 0', skip: 'pause → paused 0' },
  'last stage before a pause': { ...LAST_STAGE, 'windows: due': 'pause → paused 1' },
  'canary by proof before a pause': {
    ...CANARY,
    'windows: due': 'pause → paused 0',
    'windows: proven': 'pause → paused 0',
    skip: 'pause → paused 0',
  },
  'in a pause': { ...PAUSED, skip: 'resume → canary 0' },
  'in a timed pause': {
    ...PAUSED,
    skip: 'resume → canary 0',
    'windows: short': 'resume → canary 0',
    'windows: due': 'resume → canary 0',
    pause: 'pause → paused 0',
  },
  'in a timed pause made to wait': { ...PAUSED, skip: 'resume → canary 0' },
  'a pause behind it': CANARY,
  'checks not asked': { ...CANARY, ...CHECKED, skip: 'refused', 'windows: due': 'await checks' },
  'checks passed': { ...CANARY, ...CHECKED, 'checks: passed': '-' },
  'checks passed long ago': { ...CANARY, ...CHECKED, 'windows: due': 'await checks' },
  'a check failed': { ...CANARY, ...CHECKED, skip: 'refused', 'windows: due': '-', 'checks: failed': '-' },
  'paused with checks': {
    ...PAUSED,
    'checks: passed': 'check → paused 0',
    'checks: failed': 'check → paused 0',
    'checks: failed, which ends it': 'rollback → rolled_back 0',
    'checks: unanswered': 'check → paused 0',
  },
  'before the gate': {
    ...QUIET,
    ...NOT_ITS_OWN,
    'windows: worse': 'rollback → rolled_back -2',
    'windows: deadline': 'inconclusive → inconclusive -2',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    pause: 'pause → paused -2',
    resume: 'refused',
    promote: 'promote → promoted -2',
    abort: 'abort → aborted -2',
  },
  'gate passed': {
    ...QUIET,
    ...NOT_ITS_OWN,
    'windows: worse': 'rollback → rolled_back -2',
    'windows: deadline': 'inconclusive → inconclusive -2',
    'windows: short': 'advance → canary 0',
    'windows: early': 'advance → canary 0',
    'windows: due': 'advance → canary 0',
    'windows: proven': 'advance → canary 0',
    'windows: another weight': 'advance → canary 0',
    'windows: a winner': 'advance → canary 0',
    'windows: equivalent': 'advance → canary 0',
    pause: 'pause → paused -2',
    resume: 'refused',
    promote: 'promote → promoted -2',
    abort: 'abort → aborted -2',
  },
  'gate failed': {
    ...QUIET,
    ...NOT_ITS_OWN,
    'windows: worse': 'rollback → rolled_back -2',
    'windows: deadline': 'inconclusive → inconclusive -2',
    'windows: short': 'rollback → rolled_back -2',
    'windows: early': 'rollback → rolled_back -2',
    'windows: due': 'rollback → rolled_back -2',
    'windows: proven': 'rollback → rolled_back -2',
    'windows: another weight': 'rollback → rolled_back -2',
    'windows: a winner': 'rollback → rolled_back -2',
    'windows: equivalent': 'rollback → rolled_back -2',
    pause: 'pause → paused -2',
    resume: 'refused',
    promote: 'promote → promoted -2',
    abort: 'abort → aborted -2',
  },
  experiment: {
    ...QUIET,
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': 'hold → ab 0',
    'windows: early': '-',
    'windows: due': 'inconclusive → inconclusive 0',
    'windows: a winner': 'promote → promoted 0',
    'windows: equivalent': 'inconclusive → inconclusive 0',
    pause: 'pause → paused 0',
    resume: 'refused',
    promote: 'refused',
    'promote an arm': 'promote → promoted 0',
    abort: 'abort → aborted 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  'paused experiment': {
    ...QUIET,
    'windows: worse': 'rollback → rolled_back 0',
    'windows: deadline': 'inconclusive → inconclusive 0',
    'windows: short': '-',
    'windows: early': '-',
    'windows: due': '-',
    pause: 'refused',
    resume: 'resume → ab 0',
    promote: 'refused',
    'promote an arm': 'promote → promoted 0',
    abort: 'abort → aborted 0',
    'smoke: passed': '-',
    'smoke: failed': '-',
  },
  promoted: OVER,
  'rolled back': OVER,
  aborted: OVER,
  inconclusive: OVER,
};
