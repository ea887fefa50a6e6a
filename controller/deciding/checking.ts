import type { Clock } from '../../platform/process/clock.ts';
import { CONTROLLER } from '../../schemas/actor.ts';
import { createNap, type Nap } from '../../platform/process/nap.ts';
import { backoff } from '../../platform/process/retry.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { Check, CheckResult } from '../../schemas/rollout-check.ts';
import type { ControllerEvents } from '../events.ts';
import type { Ledger } from '../ledger.ts';
import { type AgentState, underWay } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import { checkCalls, readCheck } from '../rollout/check-call.ts';
import { checksOf } from '../rollout/checks.ts';
import type { CheckAnswer, CheckCall } from '../rollout/prometheus.ts';
import { onEvent } from '../rollout/rollout.ts';
import type { Run } from '../rollout/run.ts';
import { type Live, momentOf } from '../verdict/moment.ts';

/** Never rejects: that there is no answer is an answer. */
export type AskOnce = (call: CheckCall, signal: AbortSignal) => Promise<CheckAnswer>;

/** `isAwaited`: whether a step waits for the checks. `alive`: whether the rollout's windows are still this controller's. */
export type AskChecks = (agent: string, run: Run, isAwaited: () => boolean, alive: () => boolean) => void;

export type CheckingDeps = {
  clock: Clock;
  events: ControllerEvents;
  ledger: Pick<Ledger, 'agents' | 'transact'>;
  ask: AskOnce;
  /** What this controller sees of a rollout now. */
  live: (runId: string) => Live | null;
  signal: AbortSignal;
};

/** One rollout whose checks are asked here. */
type Asking = { isAwaited: () => boolean; alive: () => boolean; nap: Nap; askedMs: Map<string, number> };

/** A check that could not be asked is asked so often before that counts, a second and two apart. */
const ATTEMPTS = 3;
const BACKOFF = { firstMs: 1_000, maxMs: 2_000 };

/** A check that a step waits for is asked again after this, should its result have got no place in the log. */
const AWAITED_AGAIN_MS = 1_000;

/**
 * When a check is to be asked next, by the clock: as often as its document says, and soon where a step waits for it and what the log
 * has of it is an interval old.
 */
const nextMs = ({ name, every }: Check, run: Run, { isAwaited, askedMs }: Asking, nowMs: number): number => {
  const lastMs = askedMs.get(name);
  if (lastMs === undefined) return nowMs;
  const known = run.checks.get(name);
  const isWanted = isAwaited() && (known === undefined || nowMs >= known.atMs + every);
  return lastMs + (isWanted ? Math.min(every, AWAITED_AGAIN_MS) : every);
};

/**
 * Gives a function that sees to the checks of a rollout: it asks each as often as the document says, and at once when a step waits for
 * them, for as long as the rollout is under way and its windows are this controller's. What they say becomes a decision where it is
 * new; of two controllers that ask, only one gets each into the log. To be called as often as one likes.
 */
export const createChecking = (deps: CheckingDeps): AskChecks => {
  const { clock, ledger, signal } = deps;
  const askings = new Map<string, Asking>();

  const runOf = (agent: string, id: string): Run | null => {
    const state = ledger.agents.get(agent);
    const run = state === undefined ? null : underWay(state);
    return run?.id === id ? run : null;
  };

  const askPatiently = async (agent: string, run: Run, check: Check): Promise<CheckResult> => {
    const calls = checkCalls(agent, run, check);
    for (let attempt = 1; ; attempt++) {
      const answers = await Promise.all(calls.map((call) => deps.ask(call, signal)));
      const verdict = readCheck(check, answers);
      deps.events.checkAnswered(agent, run.id, check.name, verdict);
      if (verdict.outcome !== 'unanswered' || attempt >= ATTEMPTS || signal.aborted)
        return { name: check.name, ...verdict, atMs: clock.nowMs() };
      await clock.sleep(backoff(attempt, BACKOFF), signal);
    }
  };

  /** Asks what is due, and takes the step that follows. */
  const askDue = async (agent: string, run: Run, asking: Asking): Promise<void> => {
    const nowMs = clock.nowMs();
    const due = checksOf(run.spec).filter((check) => nowMs >= nextMs(check, run, asking, nowMs));
    if (due.length === 0) return;
    for (const { name } of due) asking.askedMs.set(name, nowMs);
    const results = await Promise.all(due.map((check) => askPatiently(agent, run, check)));
    if (signal.aborted || !asking.alive()) return;
    const plan = (state: AgentState | null) => planOf(state, run.id, results, asking.isAwaited());
    await ledger.transact(agent, plan, signal);
  };

  const planOf = (
    state: AgentState | null,
    id: string,
    results: readonly CheckResult[],
    isAwaited: boolean,
  ): { kind: 'decide'; decision: Decision } | { kind: 'nothing new' } => {
    const run = state === null ? null : underWay(state);
    if (state === null || run?.id !== id) return { kind: 'nothing new' };
    const outcome = onEvent(run, { type: 'checks', results, isAwaited });
    if (outcome.kind !== 'decide') return { kind: 'nothing new' };
    const known = outcome.plan.type === 'rollback' ? momentOf(run, deps.live(id)) : undefined;
    const grounds = commandGrounds(CONTROLLER, clock.nowMs(), known);
    return { kind: 'decide', decision: buildDecision(state, run, outcome.plan, grounds) };
  };

  const nextInMs = (run: Run, asking: Asking): number => {
    const nowMs = clock.nowMs();
    return Math.max(1, Math.min(...checksOf(run.spec).map((check) => nextMs(check, run, asking, nowMs))) - nowMs);
  };

  const askWhile = async (agent: string, id: string, asking: Asking): Promise<void> => {
    for (let run = runOf(agent, id); run !== null && asking.alive() && !signal.aborted; run = runOf(agent, id)) {
      await askDue(agent, run, asking);
      await asking.nap.rest(nextInMs(run, asking));
    }
  };

  const begin = (agent: string, id: string, asking: Asking): void => {
    askings.set(id, asking);
    const wake = (): void => asking.nap.wake();
    signal.addEventListener('abort', wake, { once: true });
    askWhile(agent, id, asking)
      .catch((error: unknown) => {
        if (!signal.aborted) deps.events.checkingFailed(agent, id, error);
      })
      .finally(() => {
        signal.removeEventListener('abort', wake);
        askings.delete(id);
      });
  };

  return (agent, run, isAwaited, alive) => {
    if (checksOf(run.spec).length === 0 || signal.aborted) return;
    const known = askings.get(run.id);
    if (known === undefined)
      return begin(agent, run.id, { isAwaited, alive, nap: createNap(clock), askedMs: new Map() });
    Object.assign(known, { isAwaited, alive });
    if (isAwaited()) known.nap.wake();
  };
};
