import type { RoutingView } from '../../schemas/routing-view.ts';
import type { Conversations } from '../../platform/redis/conversations.ts';
import type { AdmissionCall } from '../admission/admission-call.ts';
import { mayKnowVersions, mayNameSubjects } from '../admission/authenticate.ts';
import { callerTag } from '../admission/caller-tag.ts';
import { networkOf } from '../admission/client-address.ts';
import { callersBucket } from '../admission/limits.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { agentNotFound, modelNotFound } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import { remembered } from '../protocol/remembered.ts';
import { acceptedRequestId } from '../protocol/request-headers.ts';
import { planOf, route } from '../routing/route.ts';
import type { RoutingPlan, Wish } from '../routing/route.ts';
import { hashedSubject, subjectOf } from '../routing/subject.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { NO_ROUTING, RETRY_AFTER } from './endpoint.ts';

export type RoutingDeps = {
  views: ReadonlyMap<string, RoutingView>;
  /** False until the views are known, all of them: then an agent that is not among them may be there all the same. */
  isRoutingKnown: () => boolean;
  addressOf: (client: ClientRequest) => string;
  conversations: Conversations;
  upstreams: Upstreams;
  secret: Buffer;
  /** Different in every process that shares the secret. */
  bootNonce: string;
  nowMs: () => number;
};

/** What a request says of the agent that it is for, and of whom it is from. */
export type AgentRequest = Pick<RoutedRequest, 'stream' | 'metadata'> & {
  agent: string;
  /** The version that is pinned in the agent's name. */
  version: string | null;
  user: string | null;
  safetyIdentifier: string | null;
  cacheKey: string | null;
  /** The earlier answer or conversation that it goes on from. */
  goesOnFrom: string | null;
  /** The conversation, if it has one id for all its turns. */
  conversation: string | null;
};

export type RequestRouting = {
  planFor(agent: string): RoutingPlan | undefined;
  /**
   * Whom a request goes to, or why it is refused: by the chain of admission, or because there is no such agent or version.
   * `done` is called once: at once, unless a policy has to wait or a conversation must be asked for.
   */
  open(
    client: ClientRequest,
    call: AdmissionCall,
    asked: AgentRequest,
    done: (opened: RoutedRequest | Refusal) => void,
  ): void;
  /** The same of what is said of an agent's earlier answers, which goes to no version: it is admitted, and charged, as a request is. */
  admit(client: ClientRequest, call: AdmissionCall, agent: string, done: (admitted: Admitted | Refusal) => void): void;
};

/** `caller`: who calls, as the ids of their exchanges say it. */
export type Admitted = { view: RoutingView; caller: number };

/** What says nothing of whom it is from, but for headers. */
const OF_NOBODY = { user: null, safetyIdentifier: null, conversation: null, cacheKey: null };

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
  const { addressOf, conversations, upstreams, views } = deps;
  const planFor = createPlans(views);
  const subjectKey = deps.secret.toString('hex');
  /** Of whom nothing changes from request to request: as a subject, and in exchange ids. */
  const callerOf = (keyId: string, address: string) => ({
    name: keyId === '' ? `peer:${networkOf(address)}` : `key:${keyId}`,
    tag: callerTag(
      deps.secret,
      callersBucket(keyId, () => address),
    ),
  });
  const callerByKey = remembered((keyId: string) => callerOf(keyId, ''));
  const callerByAddress = remembered((address: string) => callerOf('', address));
  let count = 0;

  const unknownAgent = (agent: string): Refusal =>
    deps.isRoutingKnown() ? { error: agentNotFound(agent), headers: [] } : { error: NO_ROUTING, headers: RETRY_AFTER };

  const whoCalls = (client: ClientRequest, { principal }: AdmissionCall, named: Parameters<typeof subjectOf>[0]) => {
    const { keyId } = principal;
    // The address is asked for while the request is there: once its client is gone, so is the address.
    const { name, tag } = keyId === '' ? callerByAddress(addressOf(client)) : callerByKey(keyId);
    return { subject: subjectOf(named, client.headers, name, mayNameSubjects(principal)), caller: tag };
  };

  const routed = (
    client: ClientRequest,
    call: AdmissionCall,
    asked: AgentRequest,
    plan: RoutingPlan,
    wish: Wish,
    caller: number,
  ): RoutedRequest | Refusal => {
    const { subject, known, vouched } = call.subject;
    const { groups, claims } = call.principal;
    const chosen = route(plan, { subject, known, headers: client.headers, groups, claims }, wish);
    if (chosen === undefined) {
      const wanted = JSON.stringify(wish.version ?? wish.arm);
      return {
        error: modelNotFound(`The agent ${asked.agent} has no version or arm ${wanted}.`, 'model'),
        headers: [],
      };
    }
    return {
      client,
      stream: asked.stream,
      metadata: asked.metadata,
      plan,
      route: chosen,
      subject: hashedSubject(subjectKey, subject),
      caller,
      vouched,
      requestId:
        acceptedRequestId(client.headers.get('x-request-id')) ?? `req_${deps.bootNonce}${(count += 1).toString(36)}`,
      startedAtMs: deps.nowMs(),
      busy: upstreams.isBusy(asked.agent, chosen.target.version.label),
      tellsVersion: mayKnowVersions(call.principal),
    };
  };

  return {
    planFor,
    open: (client, call, asked, done) => {
      const plan = planFor(asked.agent);
      if (plan === undefined) return done(unknownAgent(asked.agent));
      const { version, arm } = wishOf(client.headers, asked.version);
      const { subject, caller } = whoCalls(client, call, asked);
      const isPinned = version !== null || arm !== null;
      whenReady(call.reserve(asked.agent, subject, isPinned, client), (refusal) => {
        if (refusal !== null) return done(refusal);
        const routeTo = (begunWith: string | null): void =>
          done(routed(client, call, asked, plan, { version, arm, begunWith }, caller));
        const { goesOnFrom } = asked;
        if (goesOnFrom === null) return routeTo(null);
        whenReady(conversations.find(asked.agent, goesOnFrom), (found) => routeTo(found ?? null));
      });
    },
    admit: (client, call, agent, done) => {
      const view = views.get(agent);
      if (view === undefined) return done(unknownAgent(agent));
      const { subject, caller } = whoCalls(client, call, OF_NOBODY);
      whenReady(call.reserve(agent, subject, false, client), (refusal) => done(refusal ?? { view, caller }));
    },
  };
};
