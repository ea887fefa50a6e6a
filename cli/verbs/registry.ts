import { acls } from './acls.ts';
import { apply } from './apply.ts';
import { calibrate } from './calibrate.ts';
import { explain } from './explain.ts';
import { gate } from './gate.ts';
import { keys } from './keys.ts';
import { shadowReport } from './shadow-report.ts';
import { start } from './start.ts';
import { STEP_VERBS } from './steps.ts';
import type { Verb } from './verb.ts';

/** Everything that `coalmine` can do. */
export const VERBS: readonly Verb[] = [start, keys, apply, explain, gate, ...STEP_VERBS, calibrate, shadowReport, acls];
