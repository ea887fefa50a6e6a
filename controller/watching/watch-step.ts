import { CONTROLLER } from '../../schemas/actor.ts';
import type { Decision } from '../../schemas/decision.ts';
import { regressionText } from '../../schemas/sentence/regression.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { decisionBeside, type Grounds } from '../rollout/build-decision.ts';
import { judgedThroughMs } from '../rollout/in-service.ts';
import { sameView } from '../rollout/routing.ts';
import { provenGrounds, returnStep } from './return-step.ts';
import type { Finding, Known } from './version-watch.ts';

export type Planned = { kind: 'decide'; decision: Decision } | { kind: 'settled' };

/** What the log says of a version, for the fold of its windows. */
export const knownOf = ({ inService }: AgentState, version: string): Known => ({
  open: inService.version === version ? inService.open : [],
  judgedThroughMs: (metric) => judgedThroughMs(inService, version, metric),
});

/**
 * The decision that a finding leads to: it goes into the log once, whoever reads the windows again, and only of the version that is in service.
 */
export const stepOnFinding = (state: AgentState | null, finding: Finding, nowMs: number): Planned => {
  if (state === null || state.routing === null) return { kind: 'settled' };
  const { routing } = state;
  const { fact, kind } = finding;
  if (fact.version !== state.inService.version) return { kind: 'settled' };
  if (finding.atMs <= judgedThroughMs(state.inService, fact.version, fact.metric)) return { kind: 'settled' };
  const isOpen = state.inService.open.some((one) => one.fact.metric === fact.metric);
  if (isOpen !== (kind === 'recovery')) return { kind: 'settled' };
  const decision = decisionBeside(state, groundsOf(finding, nowMs), (step) => ({
    type: kind,
    reason: regressionText(kind, fact),
    routing: sameView(routing, step),
    document: null,
    regression: fact,
  }));
  return { kind: 'decide', decision };
};

/** What follows from an open regression of the version in service: nothing, or the way back that its rollout's document asks for. */
export const stepOnOpen = (state: AgentState | null, nowMs: number): Planned => {
  const step = state === null || underWay(state) !== null ? null : returnStep(state);
  if (state === null || step === null) return { kind: 'settled' };
  const decision = decisionBeside(state, { ...step.grounds, by: CONTROLLER, timeMs: nowMs }, (at) => step.change(at));
  return { kind: 'decide', decision };
};

/** Dated by the clock, but never before the windows that it rests on. */
const groundsOf = (finding: Finding, nowMs: number): Grounds => ({
  ...provenGrounds(finding),
  by: CONTROLLER,
  timeMs: Math.max(nowMs, finding.atMs),
});
