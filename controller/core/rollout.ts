import type { DecisionType, RolloutState } from '../../schemas/decision.ts';
import { isDue, isOver, type Run, SHADOW_STAGE } from './run.ts';

export type Command = 'pause' | 'resume' | 'promote' | 'abort';
export const COMMANDS: readonly Command[] = ['pause', 'resume', 'promote', 'abort'];

/** What the windows closed so far say. */
export type Facts = {
  /** Stream time of the exchanges: the clock of the deadline and of holds, and the time that a decision rests on. */
  clockMs: number;
  /** The least stream time of the topics that the rollout needs: the time of its stages. */
  streamTimeMs: number;
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
  /** The evidence in words, for the reason of a pass. */
  passed: string;
};

export type RolloutEvent =
  | { type: 'windows'; facts: Facts }
  | { type: 'command'; command: Command; by: string; reason: string };

/** The outline of a decision: what the log needs beside who, when and the evidence. */
export type Plan = { type: DecisionType; state: RolloutState; stage: number; reason: string };
export type Outcome = { kind: 'none' } | { kind: 'refused'; reason: string } | { kind: 'decide'; plan: Plan };

const NONE: Outcome = { kind: 'none' };
const refused = (reason: string): Outcome => ({ kind: 'refused', reason });
const decide = (type: DecisionType, state: RolloutState, stage: number, reason: string): Outcome => ({
  kind: 'decide',
  plan: { type, state, stage, reason },
});

/**
 * The rollout's state machine: what one event leads to. It changes nothing itself; the new state is what the decision log
 * says once the decision stands in it (agent-log.ts). ROLLOUT.md is its table.
 */
export const onEvent = (run: Run, event: RolloutEvent): Outcome =>
  event.type === 'command' ? onCommand(run, event) : onWindows(run, event.facts);

const onCommand = (run: Run, { command, by, reason }: RolloutEvent & { type: 'command' }): Outcome => {
  if (isOver(run.state)) return refused(`rollout ${run.id} is over (${run.state}); nothing to ${command}`);
  const because = reason === '' ? `${command} by ${by}` : `${command} by ${by}: ${reason}`;
  switch (command) {
    case 'abort':
      return decide('rollback', 'rolled_back', run.stage, because);
    case 'promote':
      return decide('promote', 'promoted', run.stage, because);
    case 'pause':
      return run.state === 'paused'
        ? refused(`rollout ${run.id} is paused already`)
        : decide('pause', 'paused', run.stage, because);
    default:
      return run.state === 'paused'
        ? decide('resume', run.stage === SHADOW_STAGE ? 'shadow' : 'canary', run.stage, because)
        : refused(`rollout ${run.id} is not paused`);
  }
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
  if (run.state === 'paused') return NONE;
  if (facts.shortfall !== null)
    return run.hold === null && facts.shortfallLasts ? decide('hold', run.state, run.stage, facts.shortfall) : NONE;
  if (run.hold !== null) return decide('release', run.state, run.stage, `no longer: ${run.hold}`);
  if (!isDue(run, facts.streamTimeMs)) return NONE;
  return run.state === 'shadow' ? passGate(run, facts) : passStage(run, facts);
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
  return decide('advance', 'canary', 0, `the shadow passed: ${facts.passed}`);
};

const passStage = (run: Run, facts: Facts): Outcome => {
  if (facts.candidateRequests === 0 || facts.candidateRequests < run.spec.minRequests) return NONE;
  const text = `stage ${run.stage + 1} of ${run.spec.stages.length} passed with ${facts.candidateRequests} candidate requests: ${facts.passed}`;
  return run.stage >= run.spec.stages.length - 1
    ? decide('promote', 'promoted', run.stage, text)
    : decide('advance', 'canary', run.stage + 1, text);
};
