import { nameOf } from '../../schemas/actor.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { commandGrounds, decisionBeside } from '../rollout/build-decision.ts';
import { conflict, invalid, noAgent, type Refusal } from './refusal.ts';
import { singleArm } from '../rollout/routing.ts';

/**
 * What an operator's wish to send all of an agent's traffic to one of its versions leads to: the way back after a promotion.
 * Refused while a rollout is under way, whose commands are `abort` and `promote`. `state` is null for an unknown agent.
 */
export const setStable = (
  state: AgentState | null,
  agent: string,
  version: string,
  { by, reason, timeMs }: { by: string; reason: string; timeMs: number },
): { kind: 'refused'; refusal: Refusal } | { kind: 'decide'; decision: Decision } => {
  const refused = (refusal: Refusal): { kind: 'refused'; refusal: Refusal } => ({ kind: 'refused', refusal });
  const before = state?.routing;
  if (state === null || before == null) return refused(noAgent(agent));
  const run = underWay(state);
  if (run !== null)
    return refused(
      conflict(`rollout ${run.id} of agent ${agent} is under way (${run.state}); abort or finish it first`),
    );
  const labels = before.versions.map(({ label }) => label);
  if (!labels.includes(version))
    return refused(
      invalid([{ path: 'version', reason: `agent ${agent} has no version ${version} (it has ${labels.join(', ')})` }]),
    );
  const stable = before.arms.find((arm) => arm.name === 'stable')?.version ?? '';
  if (stable === version) return refused(conflict(`${version} is the stable version of agent ${agent} already`));
  const decision = decisionBeside(state, commandGrounds(by, timeMs), (step) => ({
    type: 'register',
    reason: `stable set from ${stable} to ${version} by ${nameOf(by)}${reason === '' ? '' : `: ${reason}`}`,
    routing: singleArm(before, version, step),
    document: null,
  }));
  return { kind: 'decide', decision };
};
