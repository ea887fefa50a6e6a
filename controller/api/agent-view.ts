import type { AgentView } from '../../schemas/controller-api.ts';
import { asSentence, capitalized } from '../../schemas/sentence/figures.ts';
import { regressionText } from '../../schemas/sentence/regression.ts';
import type { OpenRegressionView } from '../../schemas/watching-api.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';

/** What the log says of the version in service that is not over. */
export const openRegressions = ({ inService }: AgentState): OpenRegressionView[] =>
  inService.open.map(({ fact, atMs }) => ({
    ...fact,
    provenMs: atMs,
    sentence: asSentence(capitalized(regressionText('regression', fact))),
  }));

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
  regressions: openRegressions(state),
});
