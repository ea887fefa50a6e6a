import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Conversations } from '../../platform/redis/conversations.ts';
import type { Admission } from '../admission/admission.ts';
import { mayCall, mayPin } from '../admission/authenticate.ts';
import type { Principal } from '../admission/authenticate.ts';
import type { ClientRequest, ReplyHeaders } from '../protocol/client-call.ts';
import { modelNotFound, notPermitted, unavailable } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { acceptedRequestId } from '../protocol/request-headers.ts';
import { planOf, route } from '../routing/route.ts';
import type { RoutingPlan, Wish } from '../routing/route.ts';
import { hashedSubject, subjectOf } from '../routing/subject.ts';
import type { Upstreams } from '../upstream/upstreams.ts';

export type RoutingDeps = {
  views: ReadonlyMap<string, RoutingView>;
  /** False while Redis can't be read: then an agent that is not in the views may be there all the same. */
  isRoutingCurrent: () => boolean;
  admission: Admission;
  conversations: Conversations;
  upstreams: Upstreams;
  secret: Buffer;
  /** Different in every process that shares the secret. */
  bootNonce: string;
  nowMs: () => number;
};

/** What a request says of where it wants to go. */
export type Asked = Pick<RoutedRequest, 'stream' | 'metadata'> & {
  agent: string;
  /** The version that is pinned in the agent's name. */
  version: string | null;
  user: string | null;
  /** The earlier answer or conversation that it goes on from. */
  goesOnFrom: string | null;
  /** The conversation, if it has one id for all its turns. */
  conversation: string | null;
};

export type Routed = { request: RoutedRequest; headers: ReplyHeaders };

export type RequestRouting = {
  planFor(agent: string): RoutingPlan | undefined;
  /** Whom a request goes to, or why it is refused. `done` is called once: at once, unless a limit or a conversation must be asked for. */
  open(client: ClientRequest, principal: Principal, asked: Asked, done: (opened: Routed | Refusal) => void): void;
};

export const RETRY_AFTER: ReplyHeaders = ['retry-after', '5'];
export const NO_ROUTING = unavailable(
  'not_ready',
  'No routing view is known, and Redis, which has them, is away. Try again later.',
);

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

const wishOf = (headers: ClientRequest['headers'], version: string | null): Omit<Wish, 'begunWith'> => ({
  version: version ?? headers.get('x-coalmine-version') ?? null,
  arm: headers.get('x-coalmine-arm') ?? null,
});

/** What is there already is used at once, so that a request waits for nothing that it needs not. */
const whenReady = <T>(value: T | Promise<T>, use: (value: T) => void): void => {
  if (value instanceof Promise) void value.then(use);
  else use(value);
};

export const createRequestRouting = (deps: RoutingDeps): RequestRouting => {
  const { admission, conversations, upstreams, views } = deps;
  const planFor = createPlans(views);
  const subjectKey = deps.secret.toString('hex');
  let count = 0;

  const refusalOf = (
    plan: RoutingPlan | undefined,
    principal: Principal,
    asked: Asked,
    wish: Omit<Wish, 'begunWith'>,
  ): Refusal | null => {
    if (plan === undefined && views.size === 0 && !deps.isRoutingCurrent())
      return { error: NO_ROUTING, headers: RETRY_AFTER };
    if (plan === undefined || !mayCall(principal, asked.agent))
      return { error: modelNotFound(`There is no agent ${JSON.stringify(asked.agent)}.`, 'model'), headers: [] };
    if ((wish.version !== null || wish.arm !== null) && !mayPin(principal))
      return {
        error: notPermitted('This key may not choose a version or an arm: that takes the role `pin`.'),
        headers: [],
      };
    return null;
  };

  return {
    planFor,
    open: (client, principal, asked, done) => {
      const plan = planFor(asked.agent);
      const wish = wishOf(client.headers, asked.version);
      const refusal = refusalOf(plan, principal, asked, wish);
      if (refusal !== null || plan === undefined) return done(refusal!);
      const named = { user: asked.user, conversation: asked.conversation, keyId: principal.keyId };
      const whom = subjectOf(named, client.headers, () => admission.addressOf(client));
      const { subject } = whom;
      const routeTo = (headers: ReplyHeaders, begunWith: string | null): void => {
        const { groups, claims } = principal;
        const chosen = route(plan, { subject, headers: client.headers, groups, claims }, { ...wish, begunWith });
        if (chosen === undefined) {
          const wanted = JSON.stringify(wish.version ?? wish.arm);
          return done({
            error: modelNotFound(`The agent ${asked.agent} has no version or arm ${wanted}.`, 'model'),
            headers,
          });
        }
        const nonce = `${deps.bootNonce}${(count += 1).toString(36)}`;
        const request: RoutedRequest = {
          client,
          stream: asked.stream,
          metadata: asked.metadata,
          plan,
          route: chosen,
          subject: hashedSubject(subjectKey, subject),
          requestId: acceptedRequestId(client.headers.get('x-request-id')) ?? `req_${nonce}`,
          nonce,
          startedAtMs: deps.nowMs(),
          busy: upstreams.isBusy(asked.agent, chosen.target.version.label),
        };
        done({ request, headers });
      };
      whenReady(admission.take(client, principal, asked.agent, whom), (taken) => {
        if ('error' in taken) return done(taken);
        const { goesOnFrom } = asked;
        if (goesOnFrom === null) return routeTo(taken.headers, null);
        whenReady(conversations.find(asked.agent, goesOnFrom), (version) => routeTo(taken.headers, version ?? null));
      });
    },
  };
};
