import type { RoutingView } from '../schemas/routing-view.ts';
import { systemClock } from '../platform/clock.ts';
import { parseChatRequest } from './core/chat-request.ts';
import type { ClientRequest, Reply } from './core/client-call.ts';
import { envelopeOf, modelNotFound, unavailable } from './core/error-envelope.ts';
import type { ApiError } from './core/error-envelope.ts';
import { signExchangeId } from './core/exchange-id.ts';
import { readFeedback } from './core/feedback.ts';
import type { Entry, Written } from './core/journal-record.ts';
import { acceptedRequestId } from './core/request-headers.ts';
import { parseModel, planOf, route } from './core/route.ts';
import type { RoutingPlan } from './core/route.ts';
import { hashedSubject, subjectOf } from './core/subject.ts';
import type { SendUpstream } from './core/upstream-call.ts';
import type { IngressEvents } from './events.ts';
import { Relay } from './relay.ts';

export type FrontDoorDeps = {
  views: ReadonlyMap<string, RoutingView>;
  /** False while Redis can't be read: then an agent that is not in the views may be there all the same. */
  isRoutingCurrent: () => boolean;
  send: SendUpstream;
  append: (entry: Entry, done: (written: Written) => void) => void;
  events: IngressEvents;
  /** The process' metrics in the Prometheus text format. */
  metricsText: () => Promise<string>;
  secret: Buffer;
  /** Different in every process that shares the secret. */
  bootNonce: string;
  nowMs: () => number;
  elapsedMs: () => number;
  captureLimitBytes: number;
};

type Handle = (request: ClientRequest, reply: Reply) => void;
export type FrontDoor = {
  chat: Handle;
  models: Handle;
  feedback: Handle;
  live: Handle;
  ready: Handle;
  metrics: Handle;
};

const JSON_HEADERS = ['content-type', 'application/json'];
const RETRY_AFTER = ['retry-after', '5'];
/** Enough to know a client's repeated call again; what came before a restart is known by its id downstream. */
const REMEMBERED_FEEDBACK = 100_000;

/** Views change seldom: their plans are made once and looked up. */
const createPlans = (views: ReadonlyMap<string, RoutingView>) => {
  const plans = new WeakMap<RoutingView, RoutingPlan>();
  return (agent: string): RoutingPlan | undefined => {
    const view = views.get(agent);
    if (view === undefined) return undefined;
    const known = plans.get(view);
    if (known) return known;
    const plan = planOf(view);
    plans.set(view, plan);
    return plan;
  };
};

const NO_ROUTING = unavailable(
  'not_ready',
  'No routing view is known, and Redis, which has them, is away. Try again later.',
);

const createChat = (deps: FrontDoorDeps, append: (entry: Entry, done: () => void) => void, refuse: Refuse): Handle => {
  const { events, secret, nowMs, elapsedMs, captureLimitBytes } = deps;
  const planFor = createPlans(deps.views);
  const subjectKey = secret.toString('hex');
  const sign = (claims: Parameters<typeof signExchangeId>[1]): string => signExchangeId(secret, claims);
  const relayDeps = { send: deps.send, append, sign, elapsedMs, nowMs, captureLimitBytes, events };
  let count = 0;
  return (client, reply) => {
    const startedMs = elapsedMs();
    const parsed = parseChatRequest(client.body.toString());
    if ('error' in parsed) return refuse(reply, parsed.error);
    const chat = parsed.request;
    const { agent, pin } = parseModel(chat.model);
    const plan = planFor(agent);
    if (plan === undefined && deps.views.size === 0 && !deps.isRoutingCurrent())
      return refuse(reply, NO_ROUTING, RETRY_AFTER);
    if (plan === undefined) return refuse(reply, modelNotFound(`There is no agent ${JSON.stringify(agent)}.`, 'model'));
    const subject = subjectOf(chat.user, client);
    const chosen = route(plan, subject, pin);
    if (chosen === undefined) {
      return refuse(reply, modelNotFound(`The agent ${agent} has no version ${JSON.stringify(pin)}.`, 'model'));
    }
    const nonce = `${deps.bootNonce}${(count += 1).toString(36)}`;
    const requestId = acceptedRequestId(client.headers.get('x-request-id')) ?? `req_${nonce}`;
    const routed = { client, chat, plan, route: chosen, subject: hashedSubject(subjectKey, subject), requestId, nonce };
    new Relay(relayDeps, { ...routed, startedAtMs: nowMs() }, reply, startedMs).start();
  };
};

const createFeedback = (deps: FrontDoorDeps, refuse: Refuse): Handle => {
  const known = new Set<string>();
  return (client, reply) => {
    const read = readFeedback(deps.secret, client.body.toString());
    if ('error' in read) return refuse(reply, read.error);
    const { feedbackId } = read.feedback;
    const accept = (): void => reply.send(202, JSON_HEADERS, JSON.stringify({ id: feedbackId, status: 'accepted' }));
    if (known.has(feedbackId)) return accept();
    deps.append({ kind: 'feedback', head: read.feedback }, (written) => {
      if (written !== 'written') {
        return refuse(
          reply,
          unavailable('journal_full', 'Feedback can not be stored just now. Try again later.'),
          RETRY_AFTER,
        );
      }
      known.add(feedbackId);
      if (known.size > REMEMBERED_FEEDBACK) known.delete(known.values().next().value!);
      accept();
    });
  };
};

type Refuse = (reply: Reply, error: ApiError, headers?: readonly string[]) => void;

/** What the front door does with each request, over functions that reach the outside. */
export const createFrontDoor = (deps: FrontDoorDeps): FrontDoor => {
  const { events, views } = deps;
  const refuse: Refuse = (reply, error, headers = []) => {
    events.refused(error.code);
    reply.send(error.status, [...JSON_HEADERS, ...headers], envelopeOf(error));
  };
  const append = (entry: Entry, done: () => void): void =>
    deps.append(entry, (written) => {
      if (written === 'written') events.journalled();
      else events.dropped(written);
      done();
    });
  return {
    chat: createChat(deps, append, refuse),
    feedback: createFeedback(deps, refuse),
    models: (_request, reply) => {
      const data = [...views.values()].map(({ agent, issuedAt }) => ({
        id: agent,
        object: 'model',
        created: Math.floor(issuedAt / 1000),
        owned_by: 'coalmine',
      }));
      reply.send(200, JSON_HEADERS, JSON.stringify({ object: 'list', data }));
    },
    live: (_request, reply) => reply.send(200, JSON_HEADERS, '{"status":"ok"}'),
    ready: (_request, reply) => {
      if (views.size > 0) reply.send(200, JSON_HEADERS, '{"status":"ok"}');
      else if (!deps.isRoutingCurrent()) refuse(reply, NO_ROUTING);
      else refuse(reply, unavailable('not_ready', 'No routing view is known yet: apply an agent.'));
    },
    metrics: (_request, reply) => {
      deps.metricsText().then(
        (text) => reply.send(200, ['content-type', 'text/plain; version=0.0.4; charset=utf-8'], text),
        (error: unknown) => refuse(reply, unavailable('metrics_failed', String(error))),
      );
    },
  };
};

/** So long must no request be under way, for clients on open connections to be told to leave by their next answer. */
const QUIET_MS = 300;

/** Resolves when no request was under way for a moment, or the deadline passed. */
export const drained = async (pending: () => number, deadlineMs: number): Promise<void> => {
  const endsAtMs = systemClock.nowMs() + deadlineMs;
  let busyAtMs = systemClock.nowMs();
  while (systemClock.nowMs() < Math.min(endsAtMs, busyAtMs + QUIET_MS)) {
    await systemClock.sleep(10);
    if (pending() > 0) busyAtMs = systemClock.nowMs();
  }
};
