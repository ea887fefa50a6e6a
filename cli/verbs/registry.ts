import { acls } from './acls.ts';
import { apply } from './apply.ts';
import { audit } from './audit.ts';
import { calibrate } from './calibrate.ts';
import { compare } from './compare.ts';
import { completions } from './completions.ts';
import { context } from './context.ts';
import { dataset } from './dataset.ts';
import { dev } from './dev.ts';
import { diff } from './diff.ts';
import { dlq } from './dlq.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { exportRecords } from './export.ts';
import { gate } from './gate.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { importManifest } from './import.ts';
import { keys } from './keys.ts';
import { lag } from './lag.ts';
import { list } from './list.ts';
import { offsets } from './offsets.ts';
import { replay } from './replay.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { shadowReport } from './shadow-report.ts';
import { start } from './start.ts';
import { STEP_VERBS } from './steps.ts';
import { tail } from './tail.ts';
import { validate } from './validate.ts';
import { traceVerb } from './trace.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';
import { versions } from './versions.ts';
import { watch } from './watch.ts';

/** Everything that `coalmine` can do, by what it is about. */
export const VERB_GROUPS: Readonly<Record<string, readonly Verb[]>> = {
  'On this machine': [start, dev],
  Documents: [apply, diff, validate, importManifest],
  'Rollouts and agents': [list, get, watch, explain, history, ...STEP_VERBS, retry, rollback],
  'Before a rollout': [gate],
  'Versions and datasets': [version, versions, dataset],
  'What was measured': [compare, tail, exportRecords, replay, traceVerb, calibrate, shadowReport],
  'Operating it': [doctor, keys, audit, lag, offsets, dlq, acls],
  'This program': [context, completions],
};

export const VERBS: readonly Verb[] = Object.values(VERB_GROUPS).flat();
