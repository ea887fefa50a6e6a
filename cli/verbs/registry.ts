import { acls } from './acls.ts';
import { apply } from './apply.ts';
import { calibrate } from './calibrate.ts';
import { dataset } from './dataset.ts';
import { explain } from './explain.ts';
import { gate } from './gate.ts';
import { keys } from './keys.ts';
import { shadowReport } from './shadow-report.ts';
import { start } from './start.ts';
import { STEP_VERBS } from './steps.ts';
import { traceVerb } from './trace.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';

/** Everything that `coalmine` can do. */
export const VERBS: readonly Verb[] = [
  start,
  keys,
  apply,
  version,
  dataset,
  explain,
  traceVerb,
  gate,
  ...STEP_VERBS,
  calibrate,
  shadowReport,
  acls,
];
