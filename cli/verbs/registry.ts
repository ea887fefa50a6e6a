import { acls } from './acls.ts';
import { apply } from './apply.ts';
import { calibrate } from './calibrate.ts';
import { diff } from './diff.ts';
import { explain } from './explain.ts';
import { keys } from './keys.ts';
import { shadowReport } from './shadow-report.ts';
import { start } from './start.ts';
import { STEP_VERBS } from './steps.ts';
import { validate } from './validate.ts';
import type { Verb } from './verb.ts';

/** Everything that `coalmine` can do, by what it is about. */
export const VERB_GROUPS: Readonly<Record<string, readonly Verb[]>> = {
  'On this machine': [start],
  Documents: [apply, diff, validate],
  'Rollouts and agents': [explain, ...STEP_VERBS],
  'What was measured': [calibrate, shadowReport],
  'Operating it': [keys, acls],
};

export const VERBS: readonly Verb[] = Object.values(VERB_GROUPS).flat();
