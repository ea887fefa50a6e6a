import type { Decision } from '../../schemas/decision.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { fileReport, noReports, type Reports } from './reports.ts';
import { type InService, nextInService, nobodyInService } from './in-service.ts';
import { contentOf } from './document-content.ts';
import { continueRun, documentOf, isOver, type Run, startRun } from './run.ts';

/** One agent, as the decision log tells it. */
export type AgentState = {
  agent: string;
  /** Of the latest effective decision; 0 before the first. */
  sequence: number;
  /** In force since that decision; null before the first. */
  routing: RoutingView | null;
  /** The Agent document last applied, as JSON. */
  document: string | null;
  /** What was found of it elsewhere. */
  reports: Reports;
  inService: InService;
  /** The rollout under way, or the last one. */
  run: Run | null;
  /** The ones before it, oldest first. */
  pastRuns: readonly Run[];
  /** The id of the latest rollout that a document began, by the document's content, for ever: it begins none by being applied again. */
  begun: ReadonlyMap<string, string>;
};

export const newAgent = (agent: string): AgentState => ({
  agent,
  sequence: 0,
  routing: null,
  document: null,
  reports: noReports(),
  inService: nobodyInService(),
  run: null,
  pastRuns: [],
  begun: new Map(),
});

/** The rollout under way, or null. */
export const underWay = (state: AgentState): Run | null =>
  state.run !== null && !isOver(state.run.state) ? state.run : null;

/** Steps that neither change what was applied nor the rollout under way. */
const BESIDE: ReadonlySet<Decision['type']> = new Set(['report', 'regression', 'recovery']);

const MAX_PAST_RUNS = 100;

/**
 * The arbiter. A decision is effective iff the log reaches it when the agent's sequence is the one that it expects; the
 * loser of a race, and a repeated append, change nothing for any reader. Null for a decision that is not effective.
 */
export const applyDecision = (state: AgentState, decision: Decision): AgentState | null => {
  const follows =
    decision.agent === state.agent &&
    decision.expect === state.sequence &&
    decision.sequence === decision.expect + 1 &&
    decision.routing.sequence === decision.sequence;
  if (!follows) return null;
  const reports = fileReport(state.reports, decision);
  const inService = nextInService(state.inService, decision);
  const next = { ...state, sequence: decision.sequence, routing: decision.routing, reports, inService };
  if (decision.type === 'register')
    return applyBeside(state, { ...next, document: decision.document ?? state.document }, decision);
  if (BESIDE.has(decision.type)) return applyBeside(state, next, decision);
  if (decision.type === 'return') return underWay(state) === null ? next : null;
  if (decision.type === 'start') {
    const stable = state.routing?.arms.find((arm) => arm.name === 'stable');
    const run = stable === undefined ? null : startRun(decision, stable.version, reports);
    if (run === null || underWay(state) !== null) return null;
    const past = state.run === null ? state.pastRuns : [...state.pastRuns, state.run];
    const begun = new Map([...state.begun, [contentOf(documentOf(run)), run.id]]);
    return { ...next, run, pastRuns: past.slice(-MAX_PAST_RUNS), begun };
  }
  const run = underWay(state);
  if (run === null || decision.rollout !== run.id || decision.state === null) return null;
  return { ...next, run: continueRun(run, decision, reports) };
};

/** A step beside the rollout under way must name it, and leaves its stage and its state. */
const applyBeside = (state: AgentState, next: AgentState, decision: Decision): AgentState | null => {
  const run = underWay(state);
  if (run === null) return next;
  const leavesRun = decision.rollout === run.id && decision.state === run.state && decision.stage === run.stage;
  return leavesRun ? { ...next, run: continueRun(run, decision, next.reports) } : null;
};
