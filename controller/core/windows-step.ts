import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from './agent-log.ts';
import { buildDecision, type Grounds } from './build-decision.ts';
import type { Evidence } from './evidence.ts';
import { decidingKeys, evidenceEntries } from './explanation.ts';
import { type Observation, observe } from './observe.ts';
import { onEvent } from './rollout.ts';
import type { Run } from './run.ts';

export const CONTROLLER = 'controller';

/**
 * What the windows folded so far lead to: the evidence with this look noted, what was seen, and the decision to
 * propose, if any. Pure; the same log and the same windows give the same decision but for the time it is written.
 */
export const stepOnWindows = (
  agent: AgentState,
  run: Run,
  before: Evidence,
  nowMs: number,
): { evidence: Evidence; observation: Observation; decision: Decision | null } => {
  const { evidence, observation } = observe(run, before);
  const outcome = onEvent(run, { type: 'windows', facts: observation.facts });
  if (outcome.kind !== 'decide') return { evidence, observation, decision: null };
  return {
    evidence,
    observation,
    decision: buildDecision(agent, run, outcome.plan, groundsOf(observation, evidence, nowMs)),
  };
};

/**
 * A decision is dated by the clock, because the stage that it begins starts when routing really changes; but never before
 * the windows that it rests on.
 */
const groundsOf = ({ facts, verdict }: Observation, evidence: Evidence, nowMs: number): Grounds => ({
  metric: facts.worse?.metric ?? null,
  slice: facts.worse?.slice ?? null,
  logE: verdict?.logE ?? null,
  logThreshold: verdict?.logThreshold ?? null,
  evidence: verdict === null ? [] : evidenceEntries(verdict, evidence),
  windowKeys: verdict === null ? [] : decidingKeys(verdict, evidence),
  windowsThroughMs: facts.clockMs,
  by: CONTROLLER,
  timeMs: Math.max(nowMs, facts.clockMs),
});
