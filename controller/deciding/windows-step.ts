import { CONTROLLER } from '../../schemas/actor.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { buildDecision, type Grounds } from '../rollout/build-decision.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { type Observation, observe } from '../verdict/observe.ts';
import { onEvent } from '../rollout/rollout.ts';
import type { Run } from '../rollout/run.ts';
import { liveMoment } from '../verdict/moment.ts';

/**
 * What the windows folded so far lead to: the evidence with this look noted, what was seen, and the decision to
 * propose, if any, or whether it waits for the rollout's checks. Pure; the same log and the same windows give the same decision but for the time it is written.
 */
export const stepOnWindows = (
  agent: AgentState,
  run: Run,
  before: RolloutEvidence,
  nowMs: number,
): { evidence: RolloutEvidence; observation: Observation; decision: Decision | null; awaitsChecks: boolean } => {
  const { evidence, observation } = observe(run, before);
  const outcome = onEvent(run, { type: 'windows', facts: observation.facts });
  const awaitsChecks = outcome.kind === 'await checks';
  if (outcome.kind !== 'decide') return { evidence, observation, decision: null, awaitsChecks };
  return {
    evidence,
    observation,
    awaitsChecks,
    decision: buildDecision(agent, run, outcome.plan, groundsOf(run, observation, evidence, nowMs)),
  };
};

/**
 * A decision is dated by the clock, because the stage that it begins starts when routing really changes; but never before
 * the windows that it rests on.
 */
const groundsOf = (run: Run, observation: Observation, evidence: RolloutEvidence, nowMs: number): Grounds => {
  const { facts, experiment } = observation;
  return {
    metric: facts.worse?.metric ?? experiment?.metric ?? null,
    slice: facts.worse?.slice ?? experiment?.slice ?? null,
    ...liveMoment(run, { evidence, observation }),
    by: CONTROLLER,
    timeMs: Math.max(nowMs, facts.clockMs),
  };
};
