import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../platform/process/clock.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { NO_TRAFFIC, type RecentTraffic, stepTraffic } from '../evidence/recent-traffic.ts';
import { type RolloutEvidence, foldStep, noEvidence } from '../evidence/rollout-evidence.ts';
import { addLook, type EvidenceSeries, figuresOf, NO_LOOKS } from '../evidence/evidence-series.ts';
import { shownEvidence } from '../verdict/shown-evidence.ts';
import type { Observation } from '../verdict/observe.ts';
import type { Run } from '../rollout/run.ts';
import { isCanary } from '../rollout/strategy.ts';
import { dropStep, nextStep, type WindowQueue, type WindowStep } from '../evidence/window-queue.ts';
import type { AskChecks } from './checking.ts';
import { stepOnWindows } from './windows-step.ts';
import { type AnswerCoverage, newAnswerCoverage, stepCoverage } from '../watching/answer-coverage.ts';
import type { TellCoverage } from '../watching/coverage-alerts.ts';
import { newServiceWatch, type ServiceWatch, stepService } from '../watching/service-watch.ts';
import { stepOnFinding, stepOnOpen } from '../watching/watch-step.ts';
import type { ControllerEvents } from '../events.ts';
import type { Gauges } from '../watching/gauges.ts';
import type { Ledger } from '../ledger.ts';

/** A rollout as the owner of its windows sees it. `awaitsChecks`: a step would be taken, had its checks passed lately. */
export type Watch = {
  runId: string;
  evidence: RolloutEvidence;
  observation: Observation | null;
  awaitsChecks: boolean;
};

/** One partition of windows: what waits in it, and the rollouts watched there, by agent. */
export type OwnedPartition = {
  partition: number;
  queue: WindowQueue;
  watches: Map<string, Watch>;
  /** What each agent's traffic is like, with or without a rollout. */
  traffic: Map<string, RecentTraffic>;
  /** How the evidence of the latest rollouts came about, by their ids. */
  series: Map<string, EvidenceSeries>;
  /** How the versions in service do beside their own past. */
  inService: Map<string, ServiceWatch>;
  /** How much of each agent's answers arrives and is judged. */
  coverage: Map<string, AnswerCoverage>;
  alive: () => boolean;
};

export type AgentEvaluationDeps = {
  clock: Clock;
  events: ControllerEvents;
  ledger: Pick<Ledger, 'agents' | 'transact'>;
  /** Sees to a rollout in `smoke`; may be called again and again. */
  checkSmoke: (agent: string, run: Run) => void;
  /** Sees to the checks of a rollout; may be called again and again. */
  askChecks: AskChecks;
  /** Tells people of answers that are missing or not judged; may be called again and again. */
  tellCoverage: TellCoverage;
  /** Outside gauges, as they stand now. */
  gauges: () => Gauges;
  signal: AbortSignal;
};

const STEPS_PER_TURN = 50;

/**
 * Judges what waits for an agent, step by step in the order of the log, each to its end before the next is looked at. Not
 * to be called for one agent twice at once; after an error the step is judged again.
 */
export const evaluateAgent = async (deps: AgentEvaluationDeps, owned: OwnedPartition, agent: string): Promise<void> => {
  const { ledger, events } = deps;
  for (let count = 1; owned.alive(); count++) {
    const state = ledger.agents.get(agent);
    const run = state === undefined ? null : underWay(state);
    if (run === null) owned.watches.delete(agent);
    if (run?.state === 'smoke') deps.checkSmoke(agent, run);
    if (run !== null) deps.askChecks(agent, run, () => isAwaited(owned, agent, run), owned.alive);
    const step = nextStep(owned.queue, agent);
    if (state === undefined || step === null) return;
    if (step.rows.some((row) => row.routingSequence > state.sequence)) return events.waitingForLog(agent);
    if (run !== null) {
      const watch = watchOf(owned, agent, run);
      const { evidence, folded, problems } = foldStep(watch.evidence, run, step);
      watch.evidence = { ...evidence, gauges: deps.gauges() };
      events.rowsTaken(folded);
      events.rowsIgnored(step.rows.length - folded);
      for (const problem of problems) events.rowRefused(agent, problem);
      await settle(deps, owned, agent, watch);
      noteLook(owned, run, watch);
    }
    await watchInService(deps, owned, agent, step);
    watchCoverage(deps, owned, state, step);
    owned.traffic.set(agent, stepTraffic(owned.traffic.get(agent) ?? NO_TRAFFIC, step.rows));
    dropStep(owned.queue, agent);
    events.judged(agent, step.topic, step.closedThroughMs);
    if (count % STEPS_PER_TURN === 0) await nextTurn();
  }
};

const watchOf = (owned: OwnedPartition, agent: string, run: Run): Watch => {
  const known = owned.watches.get(agent);
  if (known?.runId === run.id) return known;
  const watch: Watch = { runId: run.id, evidence: noEvidence(run.spec), observation: null, awaitsChecks: false };
  owned.watches.set(agent, watch);
  return watch;
};

/** So many rollouts' evidence is remembered: of what is over, for pages. */
const MAX_SERIES = 20;

const noteLook = ({ series }: OwnedPartition, run: Run, { runId, evidence, observation }: Watch): void => {
  if (observation === null || observation.facts.clockMs === 0) return;
  const before = series.get(runId) ?? NO_LOOKS;
  const at = { timeMs: observation.facts.clockMs, windowMs: evidence.windowMs };
  series.set(
    runId,
    addLook(before, at, () => {
      const { logE, logThreshold, evidence: entries } = shownEvidence(run, evidence, observation);
      return { logE, logThreshold, evidence: entries.map(figuresOf) };
    }),
  );
  const [oldest] = series.keys();
  if (series.size > MAX_SERIES && oldest !== undefined) series.delete(oldest);
};

const isAwaited = (owned: OwnedPartition, agent: string, run: Run): boolean => {
  const watch = owned.watches.get(agent);
  return watch?.runId === run.id && watch.awaitsChecks;
};

/** Looks at the evidence and takes the step it calls for, anew after each lost race, until nothing is called for. */
const settle = async (deps: AgentEvaluationDeps, owned: OwnedPartition, agent: string, watch: Watch): Promise<void> => {
  const look = (state: AgentState | null): { kind: 'decide'; decision: Decision } | { kind: 'settled' } => {
    const run = state === null ? null : underWay(state);
    if (!owned.alive() || state === null || run?.id !== watch.runId) return { kind: 'settled' };
    const step = stepOnWindows(state, run, watch.evidence, deps.clock.nowMs());
    const { decision } = step;
    watch.evidence = step.evidence;
    watch.observation = step.observation;
    watch.awaitsChecks = step.awaitsChecks;
    return decision === null ? { kind: 'settled' } : { kind: 'decide', decision };
  };
  while ((await deps.ledger.transact(agent, look, deps.signal)).kind !== 'settled');
};

/** Counts the step's answers outside canaries, whose missing ones are a HOLD of theirs. */
const watchCoverage = (
  { tellCoverage }: AgentEvaluationDeps,
  owned: OwnedPartition,
  state: AgentState,
  step: WindowStep,
): void => {
  const run = underWay(state);
  const experiment = run === null || isCanary(run.spec) ? null : run.id;
  const coverage = owned.coverage.get(state.agent) ?? newAnswerCoverage();
  owned.coverage.set(state.agent, coverage);
  stepCoverage(coverage, step, ({ rollout }) => rollout === '' || rollout === experiment);
  tellCoverage(state.agent, coverage);
};

/** Folds the step's windows outside rollouts, and puts what they prove of the version in service into the log. */
const watchInService = async (
  deps: AgentEvaluationDeps,
  owned: OwnedPartition,
  agent: string,
  step: WindowStep,
): Promise<void> => {
  const { ledger, clock, signal } = deps;
  const state = ledger.agents.get(agent);
  if (state === undefined) return;
  const watch = owned.inService.get(agent) ?? newServiceWatch();
  owned.inService.set(agent, watch);
  stepService(watch, state, step);
  for (let finding = watch.found[0]; finding !== undefined && owned.alive(); finding = watch.found[0]) {
    const found = finding;
    await ledger.transact(agent, (now) => stepOnFinding(now, found, clock.nowMs()), signal);
    watch.found.shift();
  }
  if (owned.alive()) await ledger.transact(agent, (now) => stepOnOpen(now, clock.nowMs()), signal);
};
