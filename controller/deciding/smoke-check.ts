import type { Clock } from '../../platform/process/clock.ts';
import type { Decision } from '../../schemas/decision.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import { onEvent } from '../rollout/rollout.ts';
import type { Run } from '../rollout/run.ts';
import { type SmokeAnswer, type SmokeCall, smokeCalls, smokeProblem, smokeReport } from '../rollout/smoke.ts';
import { CONTROLLER } from './windows-step.ts';
import type { ControllerEvents } from '../events.ts';
import type { Ledger } from '../ledger.ts';

/** Never rejects: that there is no answer is an answer. */
export type SendSmoke = (call: SmokeCall, signal: AbortSignal) => Promise<SmokeAnswer>;

export type SmokeCheckDeps = {
  clock: Clock;
  events: ControllerEvents;
  ledger: Pick<Ledger, 'agents' | 'propose'>;
  send: SendSmoke;
  /** Told of each own decision that became effective. */
  onOwn: (decision: Decision) => void;
  signal: AbortSignal;
};

/**
 * Gives a function that sees to a rollout in `smoke`: it sends the requests one after the other, stops at the first that is not
 * answered well or when the rollout has gone on without it, and proposes the switch or the end. To be called as often as one
 * likes; each controller checks a rollout once, and of two that do only one gets its decision into the log.
 */
export const createSmokeCheck = (deps: SmokeCheckDeps): ((agent: string, run: Run) => void) => {
  const begun = new Set<string>();

  const waiting = (agent: string, id: string): { state: AgentState; run: Run } | null => {
    const state = deps.ledger.agents.get(agent);
    const run = state === undefined ? null : underWay(state);
    return state !== undefined && run?.id === id && run.state === 'smoke' ? { state, run } : null;
  };

  const check = async (agent: string, { id, spec }: Run): Promise<void> => {
    const view = deps.ledger.agents.get(agent)?.routing;
    if (spec.strategy !== 'bluegreen' || view == null) return;
    const { requests } = spec.smoke;
    deps.events.smokeBegun(agent, id, requests.length);
    const answers: SmokeAnswer[] = [];
    for (const [i, call] of smokeCalls(view, spec).entries()) {
      const answer = await deps.send(call, deps.signal);
      answers.push(answer);
      if (waiting(agent, id) === null || deps.signal.aborted) return;
      if (smokeProblem(requests[i]!, answer) !== null) break;
    }
    const report = smokeReport(requests, answers);
    for (let now = waiting(agent, id); now !== null; now = waiting(agent, id)) {
      const outcome = onEvent(now.run, { type: 'smoke', report });
      if (outcome.kind !== 'decide') return;
      const grounds = commandGrounds(CONTROLLER, deps.clock.nowMs());
      const decision = buildDecision(now.state, now.run, outcome.plan, grounds);
      if ((await deps.ledger.propose(decision, deps.signal)) === 'effective') return deps.onOwn(decision);
    }
  };

  return (agent, run) => {
    if (begun.has(run.id)) return;
    begun.add(run.id);
    check(agent, run).catch((error: unknown) => {
      if (!deps.signal.aborted) deps.events.smokeFailed(agent, run.id, error);
    });
  };
};
