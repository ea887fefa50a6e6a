import type { Check, CheckResult } from '../../schemas/rollout-check.ts';
import { checkText } from '../../schemas/sentence/check.ts';
import type { Run } from './run.ts';
import { isCanary, type RolloutSpec } from './strategy.ts';

/** A pass counts for so many intervals, or windows where these are longer. */
const PASS_LASTS = 2;

/** Another reason of the same outcome is worth a step in the log after this. */
const REASON_ANEW_MS = 600_000;

export const checksOf = (spec: RolloutSpec): readonly Check[] => (isCanary(spec) ? spec.checks : []);

/** Why a rollout may not go on, as the log has it: the first of its checks that said no, or could not be asked. Null if none. */
export const failingCheck = ({ spec, checks }: Pick<Run, 'spec' | 'checks'>): string | null => {
  const failing = checksOf(spec).flatMap(({ name }) => checks.get(name) ?? []);
  const worst = failing.find(({ outcome }) => outcome !== 'passed');
  return worst === undefined ? null : checkText(worst);
};

/** Why a person may not go on either: the first of its checks that has not passed, or was not asked yet. Null if all have. */
export const uncheckedText = (run: Pick<Run, 'spec' | 'checks'>): string | null =>
  failingCheck(run) ??
  checksOf(run.spec)
    .filter(({ name }) => !run.checks.has(name))
    .map(({ name }) => `${name} was not asked yet`)[0] ??
  null;

/**
 * Whether every check has passed so lately that a step may be taken on it. `clockMs` is the stream time of the windows that call for the
 * step: the same log and the same windows say the same, whoever reads them.
 */
export const areChecksPassed = (
  { spec, checks }: Pick<Run, 'spec' | 'checks'>,
  { clockMs, windowMs }: { clockMs: number; windowMs: number },
): boolean =>
  checksOf(spec).every(({ name, every }) => {
    const last = checks.get(name);
    return last?.outcome === 'passed' && clockMs <= last.atMs + PASS_LASTS * Math.max(every, windowMs);
  });

/** Of what was said, the "no" that ends the rollout; undefined if there is none. */
export const endingResult = (spec: RolloutSpec, results: readonly CheckResult[]): CheckResult | undefined => {
  const ends = new Set(checksOf(spec).flatMap(({ name, onFail }) => (onFail === 'rollback' ? [name] : [])));
  return results.find(({ name, outcome }) => outcome === 'failed' && ends.has(name));
};

/**
 * What of it is new to the log: another outcome than before, and another reason now and then. A pass stands there anew only where a step
 * waits for it (`isAwaited`) and the one that is known is an interval old: asking every minute writes nothing every minute.
 */
export const newResults = (
  { spec, checks }: Pick<Run, 'spec' | 'checks'>,
  results: readonly CheckResult[],
  isAwaited: boolean,
): CheckResult[] =>
  results.filter((result) => {
    const known = checks.get(result.name);
    const check = checksOf(spec).find(({ name }) => name === result.name);
    if (check === undefined) return false;
    if (known === undefined || known.outcome !== result.outcome) return true;
    if (result.outcome === 'passed') return isAwaited && result.atMs >= known.atMs + check.every;
    return known.reason !== result.reason && result.atMs >= known.atMs + REASON_ANEW_MS;
  });
