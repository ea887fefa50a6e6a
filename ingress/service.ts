import type { RoutingView } from '../schemas/routing-view.ts';
import type { Conversations } from '../platform/redis/conversations.ts';
import { systemClock } from '../platform/process/clock.ts';
import type { AdmissionCall } from './admission/admission-call.ts';
import type { BeginCall } from './admission/chain.ts';
import { isPreflight } from './admission/cors.ts';
import { HeldBytes } from './admission/held-bytes.ts';
import { callersBucket } from './admission/limits.ts';
import type { Endpoint, Refuse } from './door/endpoint.ts';
import { JSON_HEADERS } from './door/endpoint.ts';
import { AGENTS, createEndpoints } from './door/endpoints.ts';
import { createRequestRouting } from './door/request-routing.ts';
import { createSocketAdmission } from './door/socket-admission.ts';
import { captureModeOf, underPolicy } from './exchange/capture-policy.ts';
import type { SignExchangeId } from './exchange/exchange-id.ts';
import { claimsOf } from './exchange/live-exchange.ts';
import type { Append, ExchangeEntry } from './exchange/journal-record.ts';
import type { IngressEvents } from './events.ts';
import type { PolicyInForce } from './policy/policy-in-force.ts';
import type { ClientRequest } from './protocol/client-call.ts';
import { envelopeOf } from './protocol/error-envelope.ts';
import type { OpenUpstreamSocket } from './protocol/socket-call.ts';
import { CLOSE } from './protocol/websocket-close.ts';
import type { RelayDeps } from './relay/relay.ts';
import type { SocketEvents } from './relay/socket-events.ts';
import { createSockets } from './relay/sockets.ts';
import type { Sockets } from './relay/sockets.ts';
import type { Upstreams } from './upstream/upstreams.ts';

export type FrontDoorDeps = {
  views: ReadonlyMap<string, RoutingView>;
  /** False until the views are known, all of them: then an agent that is not among them may be there all the same. */
  isRoutingKnown: () => boolean;
  policy: PolicyInForce;
  beginCall: BeginCall;
  addressOf: (client: ClientRequest) => string;
  conversations: Conversations;
  upstreams: Upstreams;
  append: Append;
  /** Header lines that an upstream gets besides, such as a provider's key. */
  credentialLines: (upstream: string) => string;
  events: IngressEvents;
  /** Since when nothing moved from the journal to Kafka, as an ISO time; null while it moves. */
  stalledSince: () => string | null;
  /** The process' metrics in the Prometheus text format. */
  metricsText: () => Promise<string>;
  secret: Buffer;
  signId: SignExchangeId;
  /** Different in every process that shares the secret. */
  bootNonce: string;
  nowMs: () => number;
  elapsedMs: () => number;
  captureLimitBytes: number;
  /** What may be held of bodies, if the policy doesn't say. */
  maxHeldBytes: number;
  openSocket: OpenUpstreamSocket;
  socketEvents: SocketEvents;
};

export type FrontDoor = {
  endpoints: readonly Endpoint[];
  beginCall: BeginCall;
  /** Whether a browser asks if a page may call, and is to be answered by the chain alone. */
  isPreflight: (method: string, headers: ClientRequest['headers']) => boolean;
  refuse: Refuse;
  maxBodyBytes: () => number;
  held: HeldBytes;
  /** Whose a call is, for what is held of it: its key's, or the network's that it came from. */
  callerOf: (call: AdmissionCall) => string;
  /** Bodies up to here are read before anyone is asked to take them. */
  wholeBodyBytes: number;
  sockets: {
    path: string;
    maxMessageBytes: number;
    idleTimeoutS: number;
    open: Sockets['open'];
    onRefused: (code: string) => void;
  };
  /** To be called with every new view of an agent, and before the process ends. */
  routed: (agent: string) => void;
  leave: () => void;
  closeSockets: () => void;
  /** Open WebSocket connections. */
  connections: () => number;
};

/** Of a WebSocket, in both directions. */
export const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_BUFFERED_BYTES = 1_048_576;
/** A client that answers no ping for so long is gone. */
const SOCKET_IDLE_S = 120;
/** An agent may say what it is about to do and then work for a while: that is one answer. */
const TURN_IDLE_MS = 10_000;

const createRelayDeps = (deps: FrontDoorDeps): RelayDeps => {
  const { policy, captureLimitBytes, credentialLines, events, secret, upstreams, elapsedMs, nowMs } = deps;
  const kept = (exchange: ExchangeEntry): ExchangeEntry => {
    const { agent, exchangeId } = exchange.head;
    return underPolicy(exchange, captureModeOf(policy.ofAgent(agent).capture, exchangeId), secret);
  };
  const append: RelayDeps['append'] = (entry, done) => {
    deps.append(entry, (written) => {
      if (written === 'written') events.journalled();
      else events.dropped(written);
      done();
    });
  };
  const sign: RelayDeps['sign'] = (request, served, timeMs) =>
    deps.signId(claimsOf(request, served, timeMs), request.plan.namesBytes);
  return { upstreams, kept, append, sign, elapsedMs, nowMs, captureLimitBytes, credentialLines, events };
};

/** What the front door does with each request, over functions that reach the outside. */
export const createFrontDoor = (deps: FrontDoorDeps): FrontDoor => {
  const { policy, events, beginCall } = deps;
  const refuse: Refuse = (reply, error, headers = [], close) => {
    events.refused(error.code);
    reply.send(error.status, [...JSON_HEADERS, ...headers], envelopeOf(error), close);
  };
  const maxBodyBytes = (): number => policy.current().spec.limits.maxBodyBytes;
  const relay = createRelayDeps(deps);
  const routing = createRequestRouting(deps);
  const sockets = createSockets({
    ...relay,
    open: deps.openSocket,
    admit: createSocketAdmission({ ...deps, routing }),
    rollbackDrainMs: (agent) => policy.ofAgent(agent).rollbackDrain,
    turnIdleMs: TURN_IDLE_MS,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    events: { ...events, ...deps.socketEvents },
  });
  return {
    endpoints: createEndpoints({ ...deps, routing, relay, refuse, maxBodyBytes }),
    beginCall,
    isPreflight: (method, headers) => policy.current().spec.cors !== null && isPreflight(method, headers),
    refuse,
    maxBodyBytes,
    held: new HeldBytes(() => policy.current().spec.limits.maxHeldBytes ?? deps.maxHeldBytes),
    callerOf: ({ principal, client }) => callersBucket(principal.keyId, () => deps.addressOf(client)),
    wholeBodyBytes: deps.captureLimitBytes,
    sockets: {
      path: AGENTS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      idleTimeoutS: SOCKET_IDLE_S,
      open: sockets.open,
      onRefused: events.refused,
    },
    routed: (agent) => {
      const plan = routing.planFor(agent);
      if (plan === undefined) return;
      sockets.routed(plan);
      deps.upstreams.serving(agent, plan.answering);
    },
    leave: sockets.leave,
    closeSockets: () => sockets.closeAll({ code: CLOSE.serviceRestart, reason: 'connect again' }),
    connections: sockets.connections,
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
