import type { Clock } from '../../platform/process/clock.ts';
import { CONTROLLER } from '../../schemas/actor.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import { onEvent } from '../rollout/rollout.ts';
import type { Run } from '../rollout/run.ts';
import {
  type SmokeAnswer,
  type SmokeCall,
  smokeCalls,
  type SmokeReport,
  smokeProblem,
  smokeReport,
} from '../rollout/smoke.ts';
import type { ControllerEvents } from '../events.ts';
import type { Ledger } from '../ledger.ts';

/** `version` is the label of the one that is asked. Never rejects: that there is no answer is an answer. */
export type SendSmoke = (call: SmokeCall & { version: string }, signal: AbortSignal) => Promise<SmokeAnswer>;

export type SmokeCheckDeps = {
  clock: Clock;
  events: ControllerEvents;
  ledger: Pick<Ledger, 'agents' | 'transact'>;
  send: SendSmoke;
  signal: AbortSignal;
};

/**
 * Gives a function that sees to a rollout in `smoke`: it sends the requests one after the other, stops at the first that is not
 * answered well or when the rollout has gone on without it, and proposes the switch or the end. To be called as often as one
 * likes; each controller checks a rollout once, and of two that do only one gets its decision into the log.
 */
export const createSmokeCheck = (deps: SmokeCheckDeps): ((agent: string, run: Run) => void) => {
  const begun = new Set<string>();

  const isWaiting = (agent: string, id: string): boolean =>
    waitingRun(deps.ledger.agents.get(agent) ?? null, id) !== null;

  const check = async (agent: string, { id, spec }: Run): Promise<void> => {
    const view = deps.ledger.agents.get(agent)?.routing;
    if (spec.strategy !== 'bluegreen' || view == null) return;
    const { requests } = spec.smoke;
    deps.events.smokeBegun(agent, id, requests.length);
    const answers: SmokeAnswer[] = [];
    for (const [i, call] of smokeCalls(view, spec).entries()) {
      const answer = await deps.send({ ...call, version: spec.candidate }, deps.signal);
      answers.push(answer);
      if (!isWaiting(agent, id) || deps.signal.aborted) return;
      if (smokeProblem(requests[i]!, answer) !== null) break;
    }
    const report = smokeReport(requests, answers);
    const end = (state: AgentState | null) => endOfCheck(state, id, report, deps.clock.nowMs());
    while ((await deps.ledger.transact(agent, end, deps.signal)).kind === 'outrun');
  };

  return (agent, run) => {
    if (begun.has(run.id)) return;
    begun.add(run.id);
    check(agent, run).catch((error: unknown) => {
      if (!deps.signal.aborted) deps.events.smokeFailed(agent, run.id, error);
    });
  };
};

/** The rollout of that id while it waits for its smoke check, with its agent. */
const waitingRun = (agent: AgentState | null, id: string): { agent: AgentState; run: Run } | null => {
  const run = agent === null ? null : underWay(agent);
  return agent !== null && run?.id === id && run.state === 'smoke' ? { agent, run } : null;
};

/** The switch, or the end; nothing where the rollout has gone on without the check. */
const endOfCheck = (
  state: AgentState | null,
  id: string,
  report: SmokeReport,
  timeMs: number,
): { kind: 'decide'; decision: Decision } | { kind: 'over' } => {
  const waiting = waitingRun(state, id);
  const outcome = waiting === null ? null : onEvent(waiting.run, { type: 'smoke', report });
  if (waiting === null || outcome?.kind !== 'decide') return { kind: 'over' };
  const grounds = commandGrounds(CONTROLLER, timeMs);
  return { kind: 'decide', decision: buildDecision(waiting.agent, waiting.run, outcome.plan, grounds) };
};
