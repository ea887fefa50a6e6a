import type { AgentState } from '../rollout/agent-log.ts';
import { sliceNames } from '../rollout/metric-plan.ts';
import type { WindowStep } from '../evidence/window-queue.ts';
import { STABLE_ARM } from '../../schemas/documents.ts';
import { type Finding, foldWatch, MAX_SLICES, newVersionWatch, type VersionWatch } from './version-watch.ts';
import { knownOf } from './watch-step.ts';

/** The versions that an agent had in service of late, the latest last, and what was found and is not in the log yet. */
export type ServiceWatch = { versions: VersionWatch[]; found: Finding[] };

export const newServiceWatch = (): ServiceWatch => ({ versions: [], found: [] });

/** A version that comes back after a few others has its past still. */
const KEPT_VERSIONS = 3;

/**
 * Takes in a step's windows outside rollouts, of whichever version had all the traffic then: within a rollout the arms are compared with
 * each other, and who is on stable depends on the weights.
 */
export const stepService = (watch: ServiceWatch, state: AgentState, step: WindowStep): void => {
  const rows = step.rows.filter(({ rollout, arm }) => rollout === '' && arm === STABLE_ARM);
  const slices = state.routing === null ? [] : sliceNames(state.routing.slices).slice(0, MAX_SLICES);
  for (const version of new Set(rows.map((row) => row.version)))
    if (!watch.versions.some((one) => one.version === version))
      watch.versions = [...watch.versions, newVersionWatch(version)].slice(-KEPT_VERSIONS);
  for (const one of watch.versions) {
    const found = foldWatch(one, { ...step, rows }, slices, knownOf(state, one.version));
    watch.found.push(...found.filter(({ fact }) => fact.version === state.inService.version));
  }
};
