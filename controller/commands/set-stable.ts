import { nameOf } from '../../schemas/actor.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { commandGrounds, decisionBeside } from '../rollout/build-decision.ts';
import type { Run } from '../rollout/run.ts';
import { conflict, invalid, noAgent, type Refusal } from './refusal.ts';
import { singleArm } from '../rollout/routing.ts';

type Refused = { kind: 'refused'; refusal: Refusal };
const refuse = (refusal: Refusal): Refused => ({ kind: 'refused', refusal });

const stableOf = ({ arms }: RoutingView): string => arms.find((arm) => arm.name === 'stable')?.version ?? '';

/**
 * What an operator's wish to send all of an agent's traffic to one of its versions leads to: the way back after a promotion.
 * Refused while a rollout is under way, whose commands are `abort` and `promote`. `state` is null for an unknown agent.
 */
export const setStable = (
  state: AgentState | null,
  agent: string,
  version: string,
  { by, reason, timeMs }: { by: string; reason: string; timeMs: number },
): Refused | { kind: 'decide'; decision: Decision } => {
  const before = state?.routing;
  if (state === null || before == null) return refuse(noAgent(agent));
  const run = underWay(state);
  if (run !== null)
    return refuse(
      conflict(`rollout ${run.id} of agent ${agent} is under way (${run.state}); abort or finish it first`),
    );
  const labels = before.versions.map(({ label }) => label);
  if (!labels.includes(version))
    return refuse(
      invalid([{ path: 'version', reason: `agent ${agent} has no version ${version} (it has ${labels.join(', ')})` }]),
    );
  const stable = stableOf(before);
  if (stable === version) return refuse(conflict(`${version} is the stable version of agent ${agent} already`));
  const decision = decisionBeside(state, commandGrounds(by, timeMs), (step) => ({
    type: 'register',
    reason: `stable set from ${stable} to ${version} by ${nameOf(by)}${reason === '' ? '' : `: ${reason}`}`,
    routing: singleArm(before, version, step),
    document: null,
  }));
  return { kind: 'decide', decision };
};

/** The version that was stable before a promotion answers again; refused where that is not what answers now. */
export const undoPromotion = (
  agent: AgentState,
  run: Run,
  asked: { by: string; reason: string; timeMs: number },
): ReturnType<typeof setStable> => {
  if (run.state !== 'promoted')
    return refuse(conflict(`rollout ${run.id} is over (${run.state}), and ${run.stableVersion} answers as before`));
  const promoted = stableOf(run.last.routing);
  const answers = agent.routing === null ? '' : stableOf(agent.routing);
  if (answers !== promoted)
    return refuse(
      conflict(
        `${promoted}, which rollout ${run.id} made stable, is it no more (${answers} is); set the stable version`,
      ),
    );
  return setStable(agent, agent.agent, run.stableVersion, asked);
};
