import type { AlertEvent, AlertFact } from '../../schemas/alert.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { Run } from '../rollout/run.ts';
import { factOf, runsUnderWay, versionOf, type World } from './alert-kind.ts';

/** Steps that leave a HOLD as it is. */
const BESIDE: ReadonlySet<Decision['type']> = new Set([
  'hold',
  'check',
  'adjust',
  'report',
  'register',
  'approve',
  'pause',
]);

/** Since when a rollout has been on HOLD for reasons that `isMeant` takes, by its decisions, oldest first; null if it is not. */
export const heldSinceMs = (
  run: Run,
  decisions: readonly Decision[],
  isMeant: (reason: string) => boolean,
): number | null => {
  if (run.hold === null || !isMeant(run.hold)) return null;
  let sinceMs: number | null = null;
  for (const { type, timeMs, reason } of decisions) {
    if (type === 'hold') sinceMs = isMeant(reason) ? (sinceMs ?? timeMs) : null;
    else if (!BESIDE.has(type)) sinceMs = null;
  }
  return sinceMs ?? run.last.timeMs;
};

/** The reasons that a judge which is silent, failing or behind gives (verdict/observe.ts, verdict/judge-shortfall.ts, evidence/coverage.ts). */
const OF_JUDGE = /^the judge (?:is silent|is .+ behind|lags or fails|fails)\b|^no data: the judge has scored nothing/;
/** Those of exchanges and feedback that do not arrive (evidence/coverage.ts, verdict/observe.ts). */
const OF_COVERAGE =
  /^(?:telemetry is missing|answers do not tell their tokens|the ingress is silent|coalmine\.\S+ is silent)/;

export const isOfJudge = (reason: string): boolean => OF_JUDGE.test(reason);
export const isOfCoverage = (reason: string): boolean => OF_COVERAGE.test(reason);

/** A fact for each rollout that is on HOLD for such a reason. */
export const heldRollouts = (
  world: World,
  kind: Pick<AlertFact, 'severity'> & { event: AlertEvent },
  isMeant: (reason: string) => boolean,
): AlertFact[] =>
  runsUnderWay(world).flatMap(({ agent, run, decisions }) => {
    const sinceMs = heldSinceMs(run, decisions, isMeant);
    if (sinceMs === null) return [];
    const about = { agent, rollout: run.id, version: versionOf(run), summary: run.hold ?? '', sinceMs };
    return [factOf({ key: `${kind.event}|${run.id}`, ...kind, ...about })];
  });
