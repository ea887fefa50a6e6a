import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from './agent-log.ts';
import type { Plan } from './rollout.ts';
import { sameView, singleArm, stageView } from './routing.ts';
import { isOver, type Run } from './run.ts';
import { isBounded } from './strategy.ts';

/** What a decision rests on beside the plan. A command rests on nothing but its actor. */
export type Grounds = Pick<
  Decision,
  'metric' | 'slice' | 'logE' | 'logThreshold' | 'evidence' | 'windowKeys' | 'windowsThroughMs' | 'by' | 'timeMs'
>;

export const commandGrounds = (by: string, timeMs: number): Grounds => ({
  metric: null,
  slice: null,
  logE: null,
  logThreshold: null,
  evidence: [],
  windowKeys: [],
  windowsThroughMs: 0,
  by,
  timeMs,
});

/** The whole decision that carries out a plan for the agent's rollout, following its current sequence. */
export const buildDecision = (agent: AgentState, run: Run, plan: Plan, grounds: Grounds): Decision => {
  if (agent.routing === null) throw new RangeError(`agent ${agent.agent} has no routing view`);
  const { promotes, weightPct, ...outline } = plan;
  const step = { sequence: agent.sequence + 1, timeMs: grounds.timeMs };
  const routing = isOver(outline.state)
    ? singleArm(agent.routing, promotes ?? run.stableVersion, step)
    : outline.type === 'advance' || outline.type === 'switch' || outline.type === 'adjust'
      ? stageView(agent.routing, run, outline.stage, step, weightPct)
      : sameView(agent.routing, step);
  return {
    agent: agent.agent,
    expect: agent.sequence,
    sequence: step.sequence,
    rollout: run.id,
    ...outline,
    bounded: isBounded(run.spec),
    ...grounds,
    routing,
    document: null,
  };
};
