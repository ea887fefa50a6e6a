import { regressionText } from '../../schemas/sentence/regression.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import type { Grounds } from '../rollout/build-decision.ts';
import { singleArm, type Step } from '../rollout/routing.ts';
import { isCanary } from '../rollout/strategy.ts';

type ProvenGrounds = Omit<Grounds, 'by' | 'timeMs'>;

/** What a step shows that rests on what was found of a version in service. */
export const provenGrounds = ({
  fact,
  atMs,
  logE,
  logThreshold,
}: AgentState['inService']['open'][number]): ProvenGrounds => ({
  metric: fact.metric,
  slice: fact.slice,
  logE,
  logThreshold,
  evidence: [],
  windowKeys: [],
  windowsThroughMs: atMs,
  candidateRequests: null,
});

type ReturnStep = {
  grounds: ProvenGrounds;
  change: (step: Step) => Pick<Decision, 'type' | 'reason' | 'routing' | 'document' | 'regression'>;
};

/**
 * The way back to the version before, where a document asks for it: its rollout is the agent's latest and promoted the version in service,
 * nobody has changed that since, and within the time that the document gives the version was proven worse than its own past. Null otherwise.
 */
export const returnStep = ({ run, routing, inService }: AgentState): ReturnStep | null => {
  if (run === null || routing === null || run.state !== 'promoted' || run.endedAtMs === null) return null;
  if (!isCanary(run.spec) || run.spec.watch === undefined) return null;
  const isItsOwn = inService.sequence === run.last.sequence && inService.version === run.spec.candidate;
  const untilMs = run.endedAtMs + run.spec.watch.for;
  const proven = inService.open.find(({ atMs }) => atMs <= untilMs);
  if (!isItsOwn || proven === undefined) return null;
  const { fact } = proven;
  const { stableVersion: before } = run;
  return {
    grounds: provenGrounds(proven),
    change: (step) => ({
      type: 'return',
      reason: `all traffic goes back to ${before}, as rollout ${run.id} asks for: ${regressionText('regression', fact)}`,
      routing: singleArm(routing, before, step),
      document: null,
      regression: fact,
    }),
  };
};
