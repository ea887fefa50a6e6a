import type { Clock } from '../platform/process/clock.ts';
import type { Exchange, Shadow } from '../schemas/exchange.ts';
import { pathWithoutQuery } from '../openai/base-url.ts';
import type { CutAnswer } from '../openai/kept-answer.ts';
import { masksIn, redactedBody } from '../privacy/redact.ts';
import type { RoutingView, ShadowTools, Version } from '../schemas/routing-view.ts';
import { type Asked, askedOf } from '../openai/answer.ts';
import { usageOf } from '../openai/usage.ts';
import { admit, type Budget, fullBudget, type Limits, spend, takeInAdvance } from './budget.ts';
import { compareAnswers } from './diff.ts';
import { type Answer, bodyFor, isLoss, type Outgoing, planReplay, type Replay } from './plan.ts';
import { type ReplayedAnswer, withRound } from './rounds.ts';
import { CHAT_PATH, MAX_ROUNDS, nextRound } from './tools.ts';
import type { MirrorEvents } from './events.ts';

/** What of a request is not its path and text, and how its answer is read. */
/** `version` is the label of the one that is asked. */
export type SendOptions = { version: string; contentType: string; isStream: boolean; asked: Asked };

/** `end`: the last bytes of what was too long to keep. */
export type SentAnswer = Answer & Partial<Pick<CutAnswer, 'end'>>;

export type ReplayingDeps = {
  clock: Clock;
  events: MirrorEvents;
  views: ReadonlyMap<string, RoutingView>;
  /** `path` is what follows the upstream's base URL. Never rejects, ends by itself. */
  send: (upstream: string, path: string, body: string, how: SendOptions) => Promise<SentAnswer>;
  /** Resolves when the shadow is in the topic. */
  write: (shadow: Shadow, timeMs: number) => Promise<void>;
};

/** What every version is asked about an exchange: its request as the plan lets it go out. */
type ReplayRequest = { exchange: Exchange; outgoing: Outgoing; tools: ShadowTools };

/** Of exchanges: `received`, of which `skipped` and `not_replayable`. Of replays: `done`, `failed`, `shed`. */
const noneYet = () => ({ received: 0, skipped: 0, not_replayable: 0, done: 0, failed: 0, shed: 0 });

export type ReplayingLimits = {
  /** For one agent in a clock hour. */
  maxUsdPerHour: number;
  /** Replays under way to one upstream, all agents' together: so a slow one can't take every place. */
  maxPerUpstream: number;
};

/** Takes and gives back places at upstreams. */
const createPlaces = (most: number) => {
  const taken = new Map<string, number>();
  return {
    take: (upstream: string): boolean => {
      const count = taken.get(upstream) ?? 0;
      if (count < most) taken.set(upstream, count + 1);
      return count < most;
    },
    give: (upstream: string): void => {
      const left = (taken.get(upstream) ?? 1) - 1;
      if (left > 0) taken.set(upstream, left);
      else taken.delete(upstream);
    },
  };
};

/** Replays what the routing view in force asks for, within each agent's budget, and accounts for every exchange. */
export const createReplaying = (deps: ReplayingDeps, { maxUsdPerHour, maxPerUpstream }: ReplayingLimits) => {
  const { clock, events, views } = deps;
  const counters = noneYet();
  const budgets = new Map<string, Budget>();
  const places = createPlaces(maxPerUpstream);

  const shed = (agent: string, reason: string): false => {
    counters.shed += 1;
    events.shed(agent, reason);
    return false;
  };

  const charge = (agent: string, step: (budget: Budget) => Budget): void => {
    const budget = budgets.get(agent);
    if (budget) budgets.set(agent, step(budget));
  };

  /** What is admitted has a place at the upstream. */
  const isAdmitted = ({ agent, shadow }: RoutingView, { busy }: Exchange, { upstream }: Version): boolean => {
    // Live requests go first: what was near its limits then gets no shadows on top.
    if (busy) return shed(agent, 'busy');
    if (!places.take(upstream)) return shed(agent, 'upstream_full');
    const limits: Limits = { maxPerSecond: shadow?.maxPerSecond ?? 0, maxUsdPerHour };
    const nowMs = clock.nowMs();
    const { budget, reason } = admit(budgets.get(agent) ?? fullBudget(limits, nowMs), limits, nowMs);
    budgets.set(agent, budget);
    if (reason === null) return true;
    places.give(upstream);
    return shed(agent, reason);
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

  /** Asks a version what it answers, which may cost money and take rounds, and keeps of it what may be kept. */
  const ask = async (request: ReplayRequest, target: Version): Promise<ReplayedAnswer> => {
    const { agent, path, capture, stream } = request.exchange;
    const { outgoing } = request;
    const how: SendOptions = {
      version: target.label,
      contentType: outgoing.contentType,
      isStream: outgoing.isOwn && stream,
      asked: askedOf(request.exchange),
    };
    const mayGoOn = request.tools === 'stub' && pathWithoutQuery(path) === CHAT_PATH;
    let soFar: ReplayedAnswer | null = null;
    let text: string | null = bodyFor(target, outgoing);
    while (text !== null) {
      if (soFar !== null) charge(agent, takeInAdvance);
      const { end, ...answer } = await deps.send(target.upstream, outgoing.path, text, how);
      const usage = usageOf(end === undefined ? answer.responseBody : { ...answer.responseBody, end }, target);
      charge(agent, (budget) => spend(budget, usage.costUsd ?? 0));
      soFar = withRound(soFar, answer, usage);
      const isLast = !mayGoOn || answer.outcome !== 'ok' || soFar.rounds >= MAX_ROUNDS;
      text = isLast ? null : nextRound(text, answer.responseBody);
    }
    const last = soFar!;
    if (capture === 'full') return last;
    return { ...last, responseBody: redactedBody(last.responseBody, masksIn(request.exchange.requestBody)) };
  };

  const replay = async (request: ReplayRequest, compared: Exchange, { target, ...identity }: Replay): Promise<void> => {
    const answer = await ask(request, target);
    const comparison = compareAnswers(compared, answer, askedOf(compared));
    await publish({ ...identity, ...answer, ...comparison, replayedAtMs: clock.nowMs(), exchange: compared });
  };

  const baselineOf = async (request: ReplayRequest, target: Version): Promise<Exchange> => {
    const { rounds: _, ...answer } = await ask(request, target);
    return { ...request.exchange, ...answer };
  };

  const replayAll = async (
    request: ReplayRequest,
    baseline: Version | null,
    replays: readonly Replay[],
  ): Promise<void> => {
    if (replays.length === 0) return;
    const compared = baseline === null ? request.exchange : await baselineOf(request, baseline);
    await Promise.all(replays.map((one) => replay(request, compared, one)));
  };

  const run = async (exchange: Exchange): Promise<void> => {
    counters.received += 1;
    const view = views.get(exchange.agent);
    const plan = planReplay(exchange, view);
    if (plan.skip !== null) {
      counters[isLoss(plan.skip) ? 'not_replayable' : 'skipped'] += 1;
      events.skipped(plan.skip);
    }
    if (!view || plan.skip !== null) return;
    const { baseline, replays } = plan;
    // The baseline is a call like any other; without it there is nothing to compare with.
    const isComparable = baseline === null || isAdmitted(view, exchange, baseline);
    const admitted = replays.filter(({ target }) =>
      isComparable ? isAdmitted(view, exchange, target) : shed(view.agent, 'baseline'),
    );
    const placed = [...(baseline !== null && isComparable ? [baseline] : []), ...admitted.map(({ target }) => target)];
    try {
      await replayAll({ exchange, outgoing: plan.outgoing, tools: view.shadowTools }, baseline, admitted);
    } finally {
      for (const { upstream } of placed) places.give(upstream);
    }
  };

  return { run, counters };
};
