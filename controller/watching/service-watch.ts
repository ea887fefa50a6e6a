import type { AgentState } from '../rollout/agent-log.ts';
import { sliceNames } from '../rollout/metric-plan.ts';
import type { WindowStep } from '../evidence/window-queue.ts';
import { STABLE_ARM } from '../../schemas/documents.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { type Finding, foldWatch, MAX_SLICES, newVersionWatch, type VersionWatch } from './version-watch.ts';
import { knownOf } from './watch-step.ts';

/** The versions that an agent had in service of late, the latest last, and what was found and is not in the log yet. */
export type ServiceWatch = { versions: VersionWatch[]; found: Finding[] };

export const newServiceWatch = (): ServiceWatch => ({ versions: [], found: [] });

/** A version that comes back after a few others has its past still. */
const KEPT_VERSIONS = 3;

/**
 * Takes in a step's windows, of whichever versions had traffic then. Within a rollout nothing is compared here: there the arms are compared with
 * each other. But what a version did in a rollout is its past, as far as who got it was drawn from all.
 */
export const stepService = (watch: ServiceWatch, state: AgentState, step: WindowStep): void => {
  const rows = step.rows.filter((row) => isOfAll(state, row));
  const slices = state.routing === null ? [] : sliceNames(state.routing.slices).slice(0, MAX_SLICES);
  const seen = new Set(rows.map(({ version }) => version));
  const of = (version: string): VersionWatch =>
    watch.versions.find((one) => one.version === version) ?? newVersionWatch(version);
  const others = watch.versions.filter(({ version }) => !seen.has(version));
  watch.versions = [...others, ...[...seen].map(of)].slice(-Math.max(KEPT_VERSIONS, seen.size));
  for (const one of watch.versions) {
    const found = foldWatch(one, { ...step, rows }, slices, knownOf(state, one.version));
    watch.found.push(...found.filter(({ fact }) => fact.version === state.inService.version));
  }
};

/** Of a segment's rollout, and of one that nobody knows any more, the requests are not like those that a version in service has. */
const isOfAll = ({ run, pastRuns }: AgentState, { rollout, arm }: WindowRow): boolean => {
  if (rollout === '') return arm === STABLE_ARM;
  const itsRun = [run, ...pastRuns].find((one) => one?.id === rollout);
  if (itsRun === null || itsRun === undefined) return false;
  const { spec } = itsRun;
  return spec.strategy === 'bluegreen' || spec.segments.length === 0;
};
