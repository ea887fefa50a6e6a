import { CONTROLLER } from '../../schemas/actor.ts';
import type { Decision, RolloutState } from '../../schemas/decision.ts';
import { RolloutDocument } from '../../schemas/documents.ts';
import type { GateDocument } from '../../schemas/gate-document.ts';
import type { CheckResult } from '../../schemas/rollout-check.ts';
import type { Slices } from './metric-plan.ts';
import type { Filed, Reports } from './reports.ts';
import { candidateOf, type RolloutSpec, stageDurationMs } from './strategy.ts';

/** One rollout of an agent, as the decision log tells it. */
export type Run = {
  /** `name#sequence` of its start decision: a name may be used again, an id never is. */
  id: string;
  name: string;
  spec: RolloutSpec;
  stableVersion: string;
  /** Frozen at the start. */
  slices: Slices;
  state: RolloutState;
  /** −2 before the gate, −1 in shadow and smoke; while paused, the stage that it resumes into. */
  stage: number;
  startedAtMs: number;
  endedAtMs: number | null;
  /** Since when the stage's time runs; null while paused or ended. */
  runningSinceMs: number | null;
  /** Stage time spent before that. */
  spentMs: number;
  /** The planned pause that it is in; null outside of one. */
  pause: Decision['pause'];
  /** Who paused it, the controller where the plan asks for it; null while it is not paused. */
  pausedBy: string | null;
  /** Who asked last for a promotion that takes two people, and has none yet who agrees. */
  asked: { by: string; atMs: number; arm: string | null; reason: string } | null;
  /** How many of the planned pauses are behind it. */
  pausesPassed: number;
  /** What each of its checks said last, by name. */
  checks: ReadonlyMap<string, CheckResult>;
  /** What the candidate's eval gate found last; null before that. */
  gate: Filed<GateDocument> | null;
  /** Of the agent's judges, by calibrationKey. */
  calibrations: Reports['calibrations'];
  /** Which stage each routing sequence belonged to. */
  stageOf: ReadonlyMap<number, number>;
  /** Of a canary: what the candidate gets now, in percent. */
  weightPct: number;
  /** Why it is on HOLD, or null. */
  hold: string | null;
  /** Stream time of the exchanges that its decisions so far rest on: what was closed by then has been judged. */
  judgedThroughMs: number;
  /** The latest step, and the latest that carries evidence. */
  last: Decision;
  lastEvidence: Decision | null;
};

const TERMINAL: ReadonlySet<RolloutState> = new Set(['promoted', 'rolled_back', 'aborted', 'inconclusive']);
export const isOver = (state: RolloutState): boolean => TERMINAL.has(state);

/** Stage time used up when stream time is `timeMs`. */
export const elapsedMs = (run: Run, timeMs: number): number =>
  run.spentMs + (run.runningSinceMs === null ? 0 : Math.max(0, timeMs - run.runningSinceMs));

/**
 * Whether the stage's planned time is over. Some stream time must have passed since it began or was resumed, so that a topic
 * that has not spoken since passes nothing.
 */
export const isDue = (run: Run, timeMs: number): boolean =>
  run.runningSinceMs !== null &&
  timeMs > run.runningSinceMs &&
  elapsedMs(run, timeMs) >= stageDurationMs(run.spec, run.stage);

/** When the stage's planned time is over, or its pause, in stream time; null while no time runs, or none is planned. */
export const dueMs = (run: Run): number | null => {
  if (run.pause !== null) return run.pause.untilMs;
  return run.runningSinceMs === null || run.state === 'smoke' || run.state === 'gate'
    ? null
    : run.runningSinceMs + stageDurationMs(run.spec, run.stage) - run.spentMs;
};

/** The rollout that a `start` decision begins; null if its document can't be read. */
export const startRun = (decision: Decision, stableVersion: string, reports: Reports): Run | null => {
  const parsed = readDocument(decision.document);
  if (parsed === null || decision.state === null) return null;
  return {
    id: decision.rollout,
    name: parsed.metadata.name,
    spec: parsed.spec,
    stableVersion,
    slices: decision.routing.slices,
    state: decision.state,
    stage: decision.stage,
    startedAtMs: decision.timeMs,
    endedAtMs: null,
    runningSinceMs: decision.timeMs,
    spentMs: 0,
    pause: null,
    pausedBy: null,
    asked: null,
    pausesPassed: 0,
    checks: new Map(),
    gate: gateOf(parsed.spec, reports),
    calibrations: reports.calibrations,
    stageOf: new Map([[decision.sequence, decision.stage]]),
    weightPct: weightOf(decision),
    hold: null,
    judgedThroughMs: decision.windowsThroughMs,
    last: decision,
    lastEvidence: null,
  };
};

/** What a run was begun by. */
export const documentOf = ({ name, spec }: Run): RolloutDocument => ({
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name },
  spec,
});

/** The rollout after one more effective decision of its agent. */
export const continueRun = (run: Run, decision: Decision, reports: Reports): Run => {
  const state = decision.state ?? run.state;
  const next: Run = {
    ...run,
    state,
    stage: decision.stage,
    gate: gateOf(run.spec, reports),
    calibrations: reports.calibrations,
    stageOf: new Map([...run.stageOf, [decision.sequence, decision.stage]]),
    checks: new Map([...run.checks, ...decision.checks.map((result) => [result.name, result] as const)]),
    judgedThroughMs: judgesNothing(decision)
      ? run.judgedThroughMs
      : Math.max(run.judgedThroughMs, decision.windowsThroughMs),
    weightPct: weightOf(decision),
    last: decision,
    lastEvidence: decision.evidence.length > 0 ? decision : run.lastEvidence,
  };
  if (isOver(state))
    return { ...next, endedAtMs: decision.timeMs, runningSinceMs: null, pause: null, pausedBy: null, asked: null };
  switch (decision.type) {
    case 'advance':
    case 'switch':
      return { ...next, runningSinceMs: decision.timeMs, spentMs: 0, hold: null };
    case 'hold':
      return { ...next, hold: decision.reason };
    case 'release':
      return { ...next, hold: null };
    case 'approve': {
      const { by, timeMs: atMs, arm, reason } = decision;
      return { ...next, asked: { by, atMs, arm, reason } };
    }
    case 'pause':
      return {
        ...next,
        spentMs: elapsedMs(run, decision.timeMs),
        runningSinceMs: null,
        pause: decision.pause,
        pausedBy: decision.by,
      };
    case 'resume': {
      const pausesPassed = run.pausesPassed + (run.pause === null ? 0 : 1);
      return { ...next, runningSinceMs: decision.timeMs, pause: null, pausedBy: null, pausesPassed };
    }
    default:
      return next;
  }
};

/** Steps that show windows without judging the rollout by them: what these prove is still to be acted on. */
const JUDGE_NOTHING: ReadonlySet<Decision['type']> = new Set([
  'pause',
  'resume',
  'check',
  'approve',
  'regression',
  'recovery',
]);
const judgesNothing = ({ type, by }: Decision): boolean =>
  JUDGE_NOTHING.has(type) || (type === 'advance' && by !== CONTROLLER);

const gateOf = (spec: RolloutSpec, { gates }: Reports): Run['gate'] => gates.get(candidateOf(spec) ?? '') ?? null;

const weightOf = ({ routing }: Decision): number => routing.arms.find(({ name }) => name === 'candidate')?.weight ?? 0;

const readDocument = (text: string | null): RolloutDocument | null => {
  try {
    const parsed = RolloutDocument.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};
