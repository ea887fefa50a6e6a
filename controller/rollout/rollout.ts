import { gateWord } from '../../schemas/gate-document.ts';
import type { CanarySpec } from '../../schemas/documents.ts';
import type { DecisionType, RolloutState } from '../../schemas/decision.ts';
import type { CheckResult } from '../../schemas/rollout-check.ts';
import { checkText } from '../../schemas/sentence/check.ts';
import { areChecksPassed, endingResult, failingCheck, newResults, uncheckedText } from './checks.ts';
import { isDue, isOver, type Run } from './run.ts';
import type { SmokeReport } from './smoke.ts';
import {
  candidateOf,
  isCanary,
  minRequestsOf,
  pausesOf,
  promotionOf,
  stageAfterGate,
  stagesOf,
  workingState,
} from './strategy.ts';

export type Command = 'pause' | 'resume' | 'skip' | 'promote' | 'abort';
export const COMMANDS: readonly Command[] = ['pause', 'resume', 'skip', 'promote', 'abort'];

/** What the windows closed so far say. */
export type Facts = {
  /** Stream time of the exchanges: the clock of the deadline and of holds, and the time that a decision rests on. */
  clockMs: number;
  /** The least stream time of the topics that the rollout needs: the time of its stages. */
  streamTimeMs: number;
  /** How long a window is; 0 before the first. */
  windowMs: number;
  /** Set when the candidate is proven worse, or fails a threshold. */
  worse: { reason: string; metric: string; slice: string } | null;
  /** Why what was seen is not enough to go on: data missing, coverage, a lagging judge. Null when it is. */
  shortfall: string | null;
  /** Whether the shortfall has lasted long enough to say so in the log. */
  shortfallLasts: boolean;
  /** Of the candidate in this stage. */
  candidateRequests: number;
  /** In shadow: whether every metric that applies has its pairs. */
  enoughPairs: boolean;
  /** Whether every metric that counts is proven good enough to promote; only `prove` and `budget` ask. */
  isProven: boolean;
  /** Under `budget`: the weight to go to, in percent; null if it may stay. */
  weightPct: number | null;
  /** Of an experiment: who won, or that nobody can; null while neither is proven. */
  outcome: { winner: string | null } | null;
  /** The evidence in words, for the reason of a pass. */
  passed: string;
};

export type RolloutEvent =
  | { type: 'windows'; facts: Facts }
  | {
      type: 'command';
      command: Command;
      reason: string;
      /** Of `promote` in an experiment: the arm that wins. */
      arm: string | null;
    }
  | { type: 'smoke'; report: SmokeReport }
  /** `isAwaited`: a step waits for the checks. */
  | { type: 'checks'; results: readonly CheckResult[]; isAwaited: boolean };

/** The outline of a decision: what the log needs beside who, when and the evidence. */
export type Plan = {
  type: DecisionType;
  state: RolloutState;
  stage: number;
  reason: string;
  /** What a promotion makes stable. */
  promotes: string | null;
  /** What an `adjust` gives the candidate, in percent. */
  weightPct?: number;
  /** Of a `pause` that the plan asks for: how long it takes; null until somebody resumes it. */
  pause?: { durationMs: number | null };
  /** Of an `approve`: the arm that is to win; null of a rollout with one candidate. */
  arm?: string | null;
  /** What checks said, where that makes the step. */
  checks?: readonly CheckResult[];
};
/** `await checks`: the step would be taken, had its checks passed lately; they are to be asked. */
export type Outcome =
  | { kind: 'none' }
  | { kind: 'await checks' }
  | { kind: 'refused'; reason: string }
  | { kind: 'decide'; plan: Plan };

const NONE: Outcome = { kind: 'none' };
const AWAIT_CHECKS: Outcome = { kind: 'await checks' };
const refused = (reason: string): Outcome => ({ kind: 'refused', reason });
const decide = (type: DecisionType, state: RolloutState, stage: number, reason: string): Outcome => ({
  kind: 'decide',
  plan: { type, state, stage, reason, promotes: null },
});
const promote = (run: Run, version: string | null, reason: string): Outcome => ({
  kind: 'decide',
  plan: { type: 'promote', state: 'promoted', stage: run.stage, reason, promotes: version },
});

/**
 * The rollout's state machine: what one event leads to. It changes nothing itself; the new state is what the decision log
 * says once the decision stands in it (agent-log.ts). ROLLOUT.md is its table.
 */
export const onEvent = (run: Run, event: RolloutEvent): Outcome => {
  switch (event.type) {
    case 'command':
      return onCommand(run, event);
    case 'smoke':
      return onSmoke(run, event.report);
    case 'checks':
      return onChecks(run, event);
    default:
      return onWindows(run, event.facts);
  }
};

const onCommand = (run: Run, { command, reason, arm }: RolloutEvent & { type: 'command' }): Outcome => {
  if (isOver(run.state)) return refused(`rollout ${run.id} is over (${run.state}); nothing to ${command}`);
  switch (command) {
    case 'abort':
      return decide('abort', 'aborted', run.stage, reason);
    case 'promote':
      return promoteByHand(run, arm, reason);
    case 'pause':
      if (run.state === 'smoke')
        return refused(`the smoke check of rollout ${run.id} can't be paused; abort it instead`);
      return pauseByHand(run, reason);
    case 'skip':
      return skip(run, reason);
    default:
      return run.state === 'paused'
        ? decide('resume', workingState(run.spec, run.stage), run.stage, reason)
        : refused(`rollout ${run.id} is not paused`);
  }
};

/** Goes on before its time: past a planned pause, or to the next stage, with the pause that stands before it. Never past what guards users. */
const skip = (run: Run, reason: string): Outcome => {
  const { id, spec, state, stage } = run;
  if (state === 'paused')
    return run.pause === null
      ? refused(`rollout ${id} was paused by a person; resume it`)
      : decide('resume', workingState(spec, stage), stage, reason);
  if (state !== 'canary')
    return refused(`rollout ${id} is in ${state}, which nothing skips; wait for it, promote or abort it`);
  if (isCanary(spec) && promotionOf(spec) === 'budget')
    return refused(`the weight of rollout ${id} goes by its budget of harm; it has no stages to skip`);
  if (run.hold !== null) return refused(`rollout ${id} is on hold: ${run.hold}`);
  const unchecked = uncheckedText(run);
  if (unchecked !== null) return refused(`rollout ${id} goes on only once its checks have passed: ${unchecked}`);
  if (stage >= stagesOf(spec).length - 1) return refused(`rollout ${id} is in its last stage; promote it instead`);
  const next = pausesOf(spec)[run.pausesPassed];
  return next !== undefined && next.stage <= stage
    ? pauseFor(run, next.durationMs, reason)
    : decide('advance', 'canary', stage + 1, reason);
};

/** A planned pause that would be over by itself can be made to wait for somebody; any other is one already. */
const pauseByHand = (run: Run, reason: string): Outcome => {
  if (run.state !== 'paused') return decide('pause', 'paused', run.stage, reason);
  return run.pause === null || run.pause.untilMs === null
    ? refused(`rollout ${run.id} is paused already`)
    : pauseFor(run, null, reason);
};

const pauseFor = ({ stage }: Run, durationMs: number | null, reason: string): Outcome => ({
  kind: 'decide',
  plan: { type: 'pause', state: 'paused', stage, reason, promotes: null, pause: { durationMs } },
});

/** A person names an experiment's winner; any other rollout has one version to promote. */
const promoteByHand = (run: Run, arm: string | null, reason: string): Outcome => {
  if (run.spec.strategy !== 'ab')
    return arm === null
      ? promote(run, candidateOf(run.spec), reason)
      : refused(`rollout ${run.id} is no experiment; promote it without naming an arm`);
  const winner = run.spec.arms.find(({ name }) => name === arm);
  const names = run.spec.arms.map(({ name }) => name).join(', ');
  if (winner === undefined)
    return refused(
      arm === null
        ? `rollout ${run.id} is an experiment; name the arm that wins: one of ${names}`
        : `rollout ${run.id} has no arm ${arm}; it has ${names}`,
    );
  const named = `arm ${winner.name} wins (${winner.version})`;
  return promote(run, winner.version, reason === '' ? named : `${named}: ${reason}`);
};

/** A "no" may end the rollout in any state under way; all else is written down where it is new. */
const onChecks = (run: Run, { results, isAwaited }: RolloutEvent & { type: 'checks' }): Outcome => {
  if (isOver(run.state)) return NONE;
  const ending = endingResult(run.spec, results);
  const checks = ending === undefined ? newResults(run, results, isAwaited) : [ending];
  if (checks.length === 0) return NONE;
  const [type, state] = ending === undefined ? (['check', run.state] as const) : (['rollback', 'rolled_back'] as const);
  const reason = checks.map(checkText).join('; ');
  return { kind: 'decide', plan: { type, state, stage: run.stage, reason, promotes: null, checks } };
};

/** The gate's latest word on the candidate, if it is not too old; without one the rollout waits. */
const onGate = (run: Run, facts: Facts): Outcome => {
  const { clockMs } = facts;
  if (run.gate === null || !isCanary(run.spec) || run.spec.gate === undefined) return NONE;
  const { document, timeMs } = run.gate;
  if (clockMs - timeMs > run.spec.gate.maxAge) return NONE;
  const { cases, summary } = document.spec;
  const word = gateWord(document.spec);
  // A gate that could not tell is no word for the candidate, and none against it.
  if (word === 'inconclusive') return NONE;
  const told = `over ${cases} cases${summary === '' ? '' : `: ${summary}`}`;
  if (word === 'fail') return decide('rollback', 'rolled_back', run.stage, `the eval gate failed ${told}`);
  const stage = stageAfterGate(run.spec);
  return whenChecked(
    run,
    facts,
    decide('advance', workingState(run.spec, stage), stage, `the eval gate passed ${told}`),
  );
};

/** The switch itself: one decision moves everybody, or nobody was ever moved. */
const onSmoke = (run: Run, report: SmokeReport): Outcome => {
  if (run.state !== 'smoke') return NONE;
  return report.isPassed
    ? decide('switch', 'watch', run.stage + 1, `the smoke check passed, all traffic switches: ${report.text}`)
    : decide('rollback', 'rolled_back', run.stage, `the smoke check failed, no traffic moved: ${report.text}`);
};

const onWindows = (run: Run, facts: Facts): Outcome => {
  if (isOver(run.state) || facts.clockMs <= run.judgedThroughMs) return NONE;
  if (facts.worse !== null) return decide('rollback', 'rolled_back', run.stage, facts.worse.reason);
  if (facts.clockMs >= run.startedAtMs + run.spec.deadline)
    return decide(
      'inconclusive',
      'inconclusive',
      run.stage,
      `the deadline of ${run.spec.deadline / 1000} s passed without an outcome; ${facts.passed}`,
    );
  if (run.state === 'paused') return endPause(run, facts.clockMs);
  if (run.state === 'smoke') return NONE;
  if (run.state === 'gate') return onGate(run, facts);
  if (facts.shortfall !== null)
    return run.hold === null && facts.shortfallLasts ? decide('hold', run.state, run.stage, facts.shortfall) : NONE;
  if (run.hold !== null) return decide('release', run.state, run.stage, `no longer: ${run.hold}`);
  if (failingCheck(run) !== null) return giveLess(run, facts);
  if (run.state === 'canary' && isCanary(run.spec) && promotionOf(run.spec) !== 'timer')
    return onCanary(run, run.spec, facts);
  if (run.state === 'ab' && facts.outcome !== null) return endExperiment(run, facts.outcome.winner, facts.passed);
  if (!isDue(run, facts.streamTimeMs)) return NONE;
  switch (run.state) {
    case 'shadow':
      return passGate(run, facts);
    case 'ab':
      return decide(
        'inconclusive',
        'inconclusive',
        run.stage,
        `the experiment’s time is over without a winner: ${facts.passed}`,
      );
    default:
      return passStage(run, facts);
  }
};

/** A planned pause is over by itself where it has an end; what follows it is decided by windows from after that. */
const endPause = ({ spec, stage, pause }: Run, clockMs: number): Outcome => {
  const untilMs = pause?.untilMs ?? null;
  if (untilMs === null || clockMs < untilMs) return NONE;
  return decide('resume', workingState(spec, stage), stage, 'the planned pause is over');
};

/** A step that sends users to the candidate is taken only on checks that have passed lately. */
const whenChecked = (run: Run, facts: Facts, step: Outcome): Outcome =>
  areChecksPassed(run, facts) ? step : AWAIT_CHECKS;

/** The step, or before it the pause that the plan asks for behind this stage; before a promotion every pause that is left. */
const afterPause = (run: Run, facts: Facts, reason: string, step: Outcome): Outcome => {
  const next = pausesOf(run.spec)[run.pausesPassed];
  const isPromotion = step.kind === 'decide' && step.plan.type === 'promote';
  return next === undefined || (next.stage > run.stage && !isPromotion)
    ? whenChecked(run, facts, step)
    : pauseFor(run, next.durationMs, reason);
};

const passGate = (run: Run, facts: Facts): Outcome => {
  if (!facts.enoughPairs) return NONE;
  if (run.spec.strategy === 'shadow')
    return decide(
      'inconclusive',
      'inconclusive',
      run.stage,
      `the shadow passed; strategy shadow ends here and promotes nothing: ${facts.passed}`,
    );
  const text = `the shadow passed: ${facts.passed}`;
  return afterPause(run, facts, text, decide('advance', 'canary', 0, text));
};

const endExperiment = (run: Run, winner: string | null, passed: string): Outcome => {
  const arm = run.spec.strategy === 'ab' ? run.spec.arms.find(({ name }) => name === winner) : undefined;
  return arm === undefined
    ? decide('inconclusive', 'inconclusive', run.stage, passed)
    : promote(run, arm.version, `${passed} (${arm.version})`);
};

/** Proof ends a rollout in whatever stage it is reached; until then the weight follows the budget, or the stages their time. */
const onCanary = (run: Run, spec: CanarySpec, facts: Facts): Outcome => {
  const enough = facts.candidateRequests > 0 && facts.candidateRequests >= spec.minRequests;
  if (enough && facts.isProven) {
    const text = `proven good enough with ${facts.candidateRequests} candidate requests: ${facts.passed}`;
    return afterPause(run, facts, text, promote(run, spec.candidate, text));
  }
  if (promotionOf(spec) === 'budget') return adjust(run, facts);
  const isLast = run.stage >= stagesOf(spec).length - 1;
  return isDue(run, facts.streamTimeMs) && !isLast ? passStage(run, facts) : NONE;
};

const adjust = (run: Run, { weightPct, passed }: Facts): Outcome => {
  if (weightPct === null) return NONE;
  const how = weightPct > run.weightPct ? 'less harm is possible' : 'more harm is possible';
  const reason = `the weight goes from ${run.weightPct} to ${weightPct} %, as ${how}: ${passed}`;
  return {
    kind: 'decide',
    plan: { type: 'adjust', state: 'canary', stage: run.stage, reason, promotes: null, weightPct },
  };
};

/** While a check does not pass nothing goes on, but where more harm is possible than was thought the weight may fall. */
const giveLess = (run: Run, facts: Facts): Outcome =>
  run.state === 'canary' && facts.weightPct !== null && facts.weightPct < run.weightPct ? adjust(run, facts) : NONE;

const passStage = (run: Run, facts: Facts): Outcome => {
  if (facts.candidateRequests === 0 || facts.candidateRequests < minRequestsOf(run.spec)) return NONE;
  const stages = stagesOf(run.spec).length;
  const text = `stage ${run.stage + 1} of ${stages} passed with ${facts.candidateRequests} candidate requests: ${facts.passed}`;
  const step =
    run.stage >= stages - 1
      ? promote(run, candidateOf(run.spec), text)
      : decide('advance', 'canary', run.stage + 1, text);
  return afterPause(run, facts, text, step);
};
