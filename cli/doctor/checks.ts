import { controllerCheck } from './controller.ts';
import type { Check } from './finding.ts';
import { gaugesCheck } from './gauges.ts';
import { groupsCheck } from './groups.ts';
import { keysCheck } from './keys.ts';
import { programCheck } from './program.ts';
import { receiversCheck } from './receivers.ts';
import { schemasCheck } from './schemas.ts';
import { sourcesCheck } from './sources.ts';
import { topicsCheck } from './topics.ts';
import { versionsCheck } from './versions.ts';

/** Everything that `doctor` looks at, in the order in which one needs the other. */
export const CHECKS: readonly Check[] = [
  programCheck,
  topicsCheck,
  schemasCheck,
  groupsCheck,
  sourcesCheck,
  keysCheck,
  controllerCheck,
  versionsCheck,
  receiversCheck,
  gaugesCheck,
];
