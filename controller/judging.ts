import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../platform/clock.ts';
import type { Decision } from '../schemas/decision.ts';
import type { WindowRow } from '../schemas/window.ts';
import { type AgentState, underWay } from './core/agent-log.ts';
import { type Evidence, foldWindow, noEvidence } from './core/evidence.ts';
import { requiredTopics } from './core/metric-plan.ts';
import type { Observation } from './core/observe.ts';
import type { Run } from './core/run.ts';
import { forget, putBack, streamTimeMs, takeComplete, type WindowGate } from './core/window-gate.ts';
import { stepOnWindows } from './core/windows-step.ts';
import type { ControllerEvents } from './events.ts';
import type { Ledger } from './ledger.ts';

/** A rollout as the owner of its windows sees it. */
export type Watch = { runId: string; evidence: Evidence; observation: Observation | null; doneMs: number };

/** One partition of windows: what waits in it, and the rollouts watched there, by agent. */
export type Lane = { partition: number; gate: WindowGate; watches: Map<string, Watch>; alive: () => boolean };

export type JudgingDeps = {
  clock: Clock;
  events: ControllerEvents;
  ledger: Ledger;
  /** Told of each own decision that became effective. */
  onOwn: (decision: Decision) => void;
  signal: AbortSignal;
};

const WINDOWS_PER_TURN = 50;

/**
 * Judges all complete windows of an agent's rollout in order, each before the next is looked at, and then the stream time
 * that they reach; so the outcome does not depend on how many came at a time. Not to be called for one agent twice at once.
 */
export const judgeAgent = async (deps: JudgingDeps, lane: Lane, agent: string): Promise<void> => {
  const { ledger, events } = deps;
  const state = ledger.agents.get(agent);
  if (!ledger.isRead() || state === undefined) return;
  const run = underWay(state);
  // Rows of rollouts that are over, or of none, can never count again; those ahead of the log that was read may.
  forget(lane.gate, agent, (row) => row.rollout === run?.id || row.routingSequence > state.sequence);
  if (run === null) {
    lane.watches.delete(agent);
    return;
  }
  const watch = watchOf(lane, agent, run);
  const throughMs = readableThroughMs(deps, lane, state, run);
  if (throughMs === null) return;
  const windows = takeComplete(lane.gate, agent, throughMs);
  try {
    for (let count = 1; windows.length > 0; count++) {
      const { endMs, rows } = windows.shift()!;
      if (!fold(deps, watch, agent, rows, endMs) || !(await settle(deps, lane, agent, watch, endMs))) return;
      if (count % WINDOWS_PER_TURN === 0) await nextTurn();
    }
  } catch (error) {
    putBack(
      lane.gate,
      windows.flatMap((window) => window.rows),
    );
    throw error;
  }
  if (throughMs > watch.doneMs) await settle(deps, lane, agent, watch, throughMs);
  events.judged(agent, throughMs);
};

const watchOf = (lane: Lane, agent: string, run: Run): Watch => {
  const known = lane.watches.get(agent);
  if (known?.runId === run.id) return known;
  const watch: Watch = { runId: run.id, evidence: noEvidence(run.spec), observation: null, doneMs: 0 };
  lane.watches.set(agent, watch);
  return watch;
};

/** Stream time, but not past a window whose routing the decision log, as read so far, does not know. */
const readableThroughMs = ({ events }: JudgingDeps, lane: Lane, state: AgentState, run: Run): number | null => {
  const throughMs = streamTimeMs(lane.gate, requiredTopics(run.spec));
  if (throughMs === null) return null;
  let untilMs = throughMs;
  for (const row of lane.gate.waiting.get(state.agent)?.values() ?? [])
    if (row.routingSequence > state.sequence && row.startMs < untilMs) untilMs = row.startMs;
  if (untilMs < throughMs) events.waitingForLog(state.agent);
  return untilMs;
};

const currentRun = ({ ledger }: JudgingDeps, agent: string, watch: Watch): Run | null => {
  const state = ledger.agents.get(agent);
  const run = state === undefined ? null : underWay(state);
  return run?.id === watch.runId ? run : null;
};

/** Adds one window to the evidence; rows of a window that is done already are ignored. False if the rollout is over. */
const fold = (deps: JudgingDeps, watch: Watch, agent: string, rows: readonly WindowRow[], endMs: number): boolean => {
  const run = currentRun(deps, agent, watch);
  if (run === null) return false;
  const fresh = rows.filter((row) => row.rollout === watch.runId && row.startMs >= watch.doneMs);
  deps.events.rowsTaken(fresh.length);
  deps.events.rowsIgnored(rows.length - fresh.length);
  if (fresh.length === 0) return true;
  const { evidence, problems } = foldWindow(watch.evidence, run, fresh);
  watch.evidence = evidence;
  watch.doneMs = endMs;
  for (const problem of problems) deps.events.rowRefused(agent, problem);
  return true;
};

/** Looks at the evidence and takes the step it calls for, anew after each lost race. False if the rollout is over. */
const settle = async (deps: JudgingDeps, lane: Lane, agent: string, watch: Watch, atMs: number): Promise<boolean> => {
  for (;;) {
    const state = deps.ledger.agents.get(agent);
    const run = currentRun(deps, agent, watch);
    if (state === undefined || run === null || !lane.alive()) return false;
    const step = stepOnWindows(state, run, watch.evidence, atMs, deps.clock.nowMs());
    watch.evidence = step.evidence;
    watch.observation = step.observation;
    if (step.decision === null) return true;
    if ((await deps.ledger.propose(step.decision, deps.signal)) === 'effective') deps.onOwn(step.decision);
  }
};
