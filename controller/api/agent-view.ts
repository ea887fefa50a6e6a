import type { AgentView } from '../../schemas/controller-api.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';

/** An agent as the API shows it. */
export const agentView = (state: AgentState): AgentView => ({
  name: state.agent,
  sequence: state.sequence,
  stable: underWay(state)?.stableVersion ?? state.routing?.arms.find((arm) => arm.name === 'stable')?.version ?? null,
  versions: state.routing?.versions ?? [],
  arms: state.routing?.arms ?? [],
  flags: state.routing?.flags ?? [],
  fallbacks: state.routing?.rules.fallbacks ?? [],
  slices: state.routing?.slices ?? [],
  metrics: state.routing?.metrics ?? [],
  rollout: underWay(state)?.id ?? null,
});
