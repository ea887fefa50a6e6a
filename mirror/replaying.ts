import type { Clock } from '../platform/clock.ts';
import type { Exchange, Shadow } from '../schemas/exchange.ts';
import { redactedBody } from '../schemas/pii/redact.ts';
import type { RoutingView, Version } from '../schemas/routing-view.ts';
import { type Usage, usageOf } from '../schemas/usage.ts';
import { admit, type Budget, fullBudget, type Limits, spend } from './core/budget.ts';
import { type Answer, bodyFor, planReplay, type Replay } from './core/plan.ts';
import type { MirrorEvents } from './events.ts';

export type ReplayingDeps = {
  clock: Clock;
  events: MirrorEvents;
  views: ReadonlyMap<string, RoutingView>;
  /** Never rejects, ends by itself. */
  send: (upstream: string, path: string, body: string) => Promise<Answer>;
  /** Resolves when the shadow is in the topic. */
  write: (shadow: Shadow, timeMs: number) => Promise<void>;
};

/** Of exchanges: `received`, of which `skipped` and `not_replayable`. Of replays: `done`, `failed`, `shed`. */
const noneYet = () => ({ received: 0, skipped: 0, not_replayable: 0, done: 0, failed: 0, shed: 0 });

/** Replays what the routing view in force asks for, within each agent's budget, and accounts for every exchange. */
export const createReplaying = (deps: ReplayingDeps, maxUsdPerHour: number) => {
  const { clock, events, views } = deps;
  const counters = noneYet();
  const budgets = new Map<string, Budget>();

  const shed = (agent: string, reason: string): false => {
    counters.shed += 1;
    events.shed(agent, reason);
    return false;
  };

  const isAdmitted = ({ agent, shadow }: RoutingView, { busy }: Exchange): boolean => {
    // Live requests go first: what was near its limits then gets no shadows on top.
    if (busy) return shed(agent, 'busy');
    const limits: Limits = { maxPerSecond: shadow?.maxPerSecond ?? 0, maxUsdPerHour };
    const nowMs = clock.nowMs();
    const { budget, reason } = admit(budgets.get(agent) ?? fullBudget(limits, nowMs), limits, nowMs);
    budgets.set(agent, budget);
    return reason === null || shed(agent, reason);
  };

  const publish = async (shadow: Shadow): Promise<void> => {
    const { agent, exchangeId } = shadow.exchange;
    try {
      await deps.write(shadow, shadow.replayedAtMs);
      counters.done += 1;
      events.shadowed(agent, shadow.kind, shadow.outcome);
    } catch (error) {
      counters.failed += 1;
      events.failed(exchangeId, error);
    }
  };

  /** Asks a version what it answers, which may cost money, and keeps of it what may be kept. */
  const ask = async (exchange: Exchange, target: Version): Promise<Answer & Usage> => {
    const answer = await deps.send(target.upstream, exchange.path, bodyFor(target, exchange.requestBody.text));
    const usage = usageOf(answer.responseBody, target);
    const budget = budgets.get(exchange.agent);
    if (budget) budgets.set(exchange.agent, spend(budget, usage.costUsd ?? 0));
    const responseBody = exchange.capture === 'full' ? answer.responseBody : redactedBody(answer.responseBody);
    return { ...answer, ...usage, responseBody };
  };

  const replay = async (exchange: Exchange, { target, ...identity }: Replay): Promise<void> => {
    const answer = await ask(exchange, target);
    await publish({ ...identity, ...answer, replayedAtMs: clock.nowMs(), exchange });
  };

  const run = async (exchange: Exchange): Promise<void> => {
    counters.received += 1;
    const view = views.get(exchange.agent);
    const plan = planReplay(exchange, view);
    if (plan.skip !== null) {
      counters[plan.skip === 'not_replayable' ? 'not_replayable' : 'skipped'] += 1;
      events.skipped(plan.skip);
    }
    if (!view || plan.skip !== null) return;
    // The baseline is a call like any other; without it there is nothing to compare with.
    const isComparable = plan.baseline === null || isAdmitted(view, exchange);
    const admitted = plan.replays.filter(() =>
      isComparable ? isAdmitted(view, exchange) : shed(view.agent, 'baseline'),
    );
    if (admitted.length === 0) return;
    const compared = plan.baseline === null ? exchange : { ...exchange, ...(await ask(exchange, plan.baseline)) };
    await Promise.all(admitted.map((one) => replay(compared, one)));
  };

  return { run, counters };
};
