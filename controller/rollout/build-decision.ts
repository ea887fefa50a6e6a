import type { Decision } from '../../schemas/decision.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { type AgentState, underWay } from './agent-log.ts';
import type { Plan } from './rollout.ts';
import { sameView, singleArm, type Step, stageView } from './routing.ts';
import { isOver, type Run } from './run.ts';
import { candidateOf, isBounded } from './strategy.ts';

/** What is known of a rollout at one moment. */
export type Moment = Pick<
  Decision,
  'logE' | 'logThreshold' | 'evidence' | 'windowKeys' | 'windowsThroughMs' | 'candidateRequests'
>;

/** What a decision rests on beside the plan. */
export type Grounds = Moment & Pick<Decision, 'metric' | 'slice' | 'by' | 'timeMs'>;

const NOTHING_KNOWN: Moment = {
  logE: null,
  logThreshold: null,
  evidence: [],
  windowKeys: [],
  windowsThroughMs: 0,
  candidateRequests: null,
};

/** Of a step that no metric decides. It shows what is known all the same: whoever aborts throws no evidence away. */
export const commandGrounds = (by: string, timeMs: number, known = NOTHING_KNOWN): Grounds => ({
  metric: null,
  slice: null,
  ...known,
  by,
  timeMs,
});

/** What a decision changes, and how it says so. */
type Change = Pick<
  Decision,
  'rollout' | 'type' | 'state' | 'stage' | 'reason' | 'bounded' | 'candidate' | 'stable' | 'routing' | 'document'
> &
  Partial<Pick<Decision, 'pause' | 'arm' | 'checks' | 'regression'>>;

/** The decision that follows the agent's current sequence. What it changes may depend on the sequence it will have. */
export const nextDecision = (agent: AgentState, grounds: Grounds, change: (step: Step) => Change): Decision => {
  const step = { sequence: agent.sequence + 1, timeMs: grounds.timeMs };
  const { agent: name, sequence: expect } = agent;
  return {
    agent: name,
    expect,
    sequence: step.sequence,
    pause: null,
    arm: null,
    checks: [],
    regression: null,
    ...change(step),
    ...grounds,
  };
};

/** A decision beside the rollout under way, if there is one: its stage and state stay as they are. */
export const decisionBeside = (
  agent: AgentState,
  grounds: Grounds,
  change: (step: Step) => Pick<Change, 'type' | 'reason' | 'routing' | 'document' | 'regression'>,
): Decision => {
  const run = underWay(agent);
  return nextDecision(agent, grounds, (step) => ({
    rollout: run?.id ?? '',
    state: run?.state ?? null,
    stage: run?.stage ?? 0,
    bounded: run === null || isBounded(run.spec),
    candidate: run === null ? null : candidateOf(run.spec),
    stable: run?.stableVersion ?? null,
    ...change(step),
  }));
};

/** The decision that carries out a plan for the agent's rollout. */
export const buildDecision = (agent: AgentState, run: Run, plan: Plan, grounds: Grounds): Decision => {
  const { routing } = agent;
  if (routing === null) throw new RangeError(`agent ${agent.agent} has no routing view`);
  return nextDecision(agent, grounds, (step) => ({
    rollout: run.id,
    type: plan.type,
    state: plan.state,
    stage: plan.stage,
    reason: plan.reason,
    bounded: isBounded(run.spec),
    candidate: candidateOf(run.spec),
    stable: run.stableVersion,
    routing: plannedView(routing, run, plan, step),
    document: null,
    pause: pauseOf(plan, step),
    arm: plan.arm ?? null,
    checks: [...(plan.checks ?? [])],
  }));
};

const pauseOf = ({ pause }: Plan, { timeMs }: Step): Decision['pause'] =>
  pause === undefined ? null : { untilMs: pause.durationMs === null ? null : timeMs + pause.durationMs };

const plannedView = (before: RoutingView, run: Run, plan: Plan, step: Step): RoutingView => {
  if (isOver(plan.state)) return singleArm(before, plan.promotes ?? run.stableVersion, step);
  const moves = plan.type === 'advance' || plan.type === 'switch' || plan.type === 'adjust';
  return moves ? stageView(before, run, plan.stage, step, plan.weightPct) : sameView(before, step);
};
