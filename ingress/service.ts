import type { RoutingView } from '../schemas/routing-view.ts';
import type { Conversations } from '../platform/redis/conversations.ts';
import { systemClock } from '../platform/process/clock.ts';
import type { Access, Admission, Admitted, Granted } from './admission/admission.ts';
import { createAgentProxy } from './door/agent-proxy.ts';
import { captureModeOf, underPolicy } from './exchange/capture-policy.ts';
import type { ClientRequest, Reply, ReplyHeaders, Upload } from './protocol/client-call.ts';
import { envelopeOf, unavailable } from './protocol/error-envelope.ts';
import type { ApiError } from './protocol/error-envelope.ts';
import { signExchangeId } from './exchange/exchange-id.ts';
import type { Entry, Written } from './exchange/journal-record.ts';
import type { IngressEvents } from './events.ts';
import { createOpenAiApi } from './door/openai-api.ts';
import type { RelayDeps } from './relay/relay.ts';
import { createRequestRouting, NO_ROUTING } from './door/request-routing.ts';
import { createSocketAdmission } from './door/socket-admission.ts';
import type { SocketEvents } from './relay/socket-events.ts';
import { createSockets } from './relay/sockets.ts';
import type { Sockets } from './relay/sockets.ts';
import type { OpenUpstreamSocket } from './protocol/socket-call.ts';
import { CLOSE } from './protocol/websocket-close.ts';
import type { Upstreams } from './upstream/upstreams.ts';

export type Append = (entry: Entry, done: (written: Written) => void) => void;

export type FrontDoorDeps = {
  views: ReadonlyMap<string, RoutingView>;
  /** False while Redis can't be read: then an agent that is not in the views may be there all the same. */
  isRoutingCurrent: () => boolean;
  admission: Admission;
  conversations: Conversations;
  upstreams: Upstreams;
  append: Append;
  /** Header lines that an upstream gets besides, such as a provider's key. */
  credentialLines: (upstream: string) => string;
  events: IngressEvents;
  /** The process' metrics in the Prometheus text format. */
  metricsText: () => Promise<string>;
  secret: Buffer;
  /** Different in every process that shares the secret. */
  bootNonce: string;
  nowMs: () => number;
  elapsedMs: () => number;
  captureLimitBytes: number;
  openSocket: OpenUpstreamSocket;
  socketEvents: SocketEvents;
};

export type Handle = (client: ClientRequest, granted: Granted, reply: Reply) => void;
export type Endpoint = { method: 'GET' | 'POST'; path: string; access: Access; handle: Handle };
export type Refuse = (reply: Reply, error: ApiError, headers?: ReplyHeaders, close?: boolean) => void;

export type FrontDoor = {
  endpoints: readonly Endpoint[];
  agent: (client: ClientRequest, granted: Granted, reply: Reply, upload: Upload | null) => void;
  admit: (client: ClientRequest, access: Access) => Admitted;
  /** The answer to a browser's preflight; null for any other request. */
  preflight: Admission['preflight'];
  /** Answers with an error, and counts it. */
  refuse: Refuse;
  maxBodyBytes: () => number;
  /** Bodies up to here are read before anyone is asked to take them. */
  wholeBodyBytes: number;
  sockets: {
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

const JSON_HEADERS = ['content-type', 'application/json'];
/** Of a WebSocket, in both directions. */
export const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_BUFFERED_BYTES = 1_048_576;
/** A client that answers no ping for so long is gone. */
const SOCKET_IDLE_S = 120;
/** An agent may say what it is about to do and then work for a while: that is one answer. */
const TURN_IDLE_MS = 10_000;

const createHealth = (deps: FrontDoorDeps, refuse: Refuse): Endpoint[] => {
  const get = (path: string, access: Access, handle: Handle): Endpoint => ({ method: 'GET', path, access, handle });
  const ok = (reply: Reply): void => reply.send(200, JSON_HEADERS, '{"status":"ok"}');
  return [
    get('/livez', 'open', (_client, _granted, reply) => ok(reply)),
    get('/readyz', 'open', (_client, _granted, reply) => {
      if (deps.views.size > 0) ok(reply);
      else if (!deps.isRoutingCurrent()) refuse(reply, NO_ROUTING);
      else refuse(reply, unavailable('not_ready', 'No routing view is known yet: apply an agent.'));
    }),
    get('/metrics', 'operator', (_client, _granted, reply) => {
      deps.metricsText().then(
        (text) => reply.send(200, ['content-type', 'text/plain; version=0.0.4; charset=utf-8'], text),
        (error: unknown) => refuse(reply, unavailable('metrics_failed', String(error))),
      );
    }),
  ];
};

/** What the front door does with each request, over functions that reach the outside. */
export const createFrontDoor = (deps: FrontDoorDeps): FrontDoor => {
  const { admission, captureLimitBytes, credentialLines, events, secret } = deps;
  const refuse: Refuse = (reply, error, headers = [], close) => {
    events.refused(error.code);
    reply.send(error.status, [...JSON_HEADERS, ...headers], envelopeOf(error), close);
  };
  const kept = (entry: Entry): Entry => {
    if (entry.kind !== 'exchange') return entry;
    const { agent, exchangeId } = entry.head;
    return underPolicy(entry, captureModeOf(admission.agentPolicy(agent).capture, exchangeId), secret);
  };
  const append: RelayDeps['append'] = (entry, done) => {
    deps.append(kept(entry), (written) => {
      if (written === 'written') events.journalled();
      else events.dropped(written);
      done();
    });
  };
  const relay: RelayDeps = {
    upstreams: deps.upstreams,
    append,
    sign: (claims) => signExchangeId(secret, claims),
    elapsedMs: deps.elapsedMs,
    nowMs: deps.nowMs,
    captureLimitBytes,
    credentialLines,
    events,
  };
  const routing = createRequestRouting(deps);
  const shared = { ...deps, routing, relay, refuse };
  const sockets = createSockets({
    ...relay,
    open: deps.openSocket,
    admit: createSocketAdmission({ admission, routing, upstreams: deps.upstreams, credentialLines }),
    rollbackDrainMs: (agent) => admission.agentPolicy(agent).rollbackDrain,
    turnIdleMs: TURN_IDLE_MS,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    events: { ...events, ...deps.socketEvents },
  });
  return {
    endpoints: [...createOpenAiApi(shared), ...createHealth(deps, refuse)],
    agent: createAgentProxy({ routing, relay, refuse, maxBodyBytes: admission.maxBodyBytes }),
    admit: admission.admit,
    preflight: admission.preflight,
    refuse,
    maxBodyBytes: admission.maxBodyBytes,
    wholeBodyBytes: captureLimitBytes,
    sockets: {
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
