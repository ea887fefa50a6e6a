import type { RoutingPlan } from '../routing/route.ts';
import { unavailable } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { CLIENT_GONE } from '../exchange/live-exchange.ts';
import type { Handshake, SocketRequest } from '../protocol/socket-call.ts';
import type { Close } from '../protocol/websocket-close.ts';
import type { AdmittedSocket } from './admitted-socket.ts';
import { SocketRelay } from './socket-relay.ts';
import type { SocketRelayDeps } from './socket-relay.ts';

export type SocketsDeps = SocketRelayDeps & {
  /** Says who may connect and to which version. */
  admit: (request: SocketRequest) => AdmittedSocket | Refusal | Promise<AdmittedSocket | Refusal>;
  /** How long connections of a version that went out of service stay open. */
  rollbackDrainMs: (agent: string) => number;
};

export type Sockets = ReturnType<typeof createSockets>;

const STOPPING: Refusal = {
  error: unavailable('stopping', 'This front door is about to stop. Try again.'),
  headers: ['retry-after', '1'],
};
const BROKEN: Refusal = {
  error: unavailable('admission_failed', 'It can not be told who you are just now.'),
  headers: [],
};

/** All WebSocket connections of this process, from their handshake on. */
export const createSockets = (deps: SocketsDeps) => {
  const relays = new Set<SocketRelay>();
  const plans = new Map<string, RoutingPlan>();
  let isStopping = false;

  const refuse = (handshake: Handshake, { error, headers }: Refusal): void => {
    deps.events.refused(error.code);
    handshake.refuse(error, headers);
  };

  const begin = (admitted: AdmittedSocket, handshake: Handshake): void => {
    const relay = new SocketRelay(deps, admitted, handshake, () => relays.delete(relay));
    relays.add(relay);
    const plan = plans.get(relay.agent);
    if (plan !== undefined && plan.view.sequence > relay.sequence)
      relay.routed(plan, deps.rollbackDrainMs(relay.agent));
    relay.start();
  };

  return {
    open: (request: SocketRequest, handshake: Handshake): void => {
      if (isStopping) return refuse(handshake, STOPPING);
      let isGone = false;
      handshake.onAborted(() => {
        isGone = true;
      });
      const admit = async (): Promise<void> => {
        const answer = await deps.admit(request);
        if ('error' in answer) return refuse(handshake, answer);
        if (!isGone && !isStopping) return begin(answer, handshake);
        answer.call.settle(isGone ? CLIENT_GONE : STOPPING.error.status);
        if (!isGone) refuse(handshake, STOPPING);
      };
      admit().catch(() => refuse(handshake, BROKEN));
    },
    /** To be called with every new plan of an agent. */
    routed: (plan: RoutingPlan): void => {
      const { agent } = plan.view;
      plans.set(agent, plan);
      const drainMs = deps.rollbackDrainMs(agent);
      for (const relay of relays) if (relay.agent === agent) relay.routed(plan, drainMs);
    },
    /** Takes no more, and tells each client to connect again (1012) once it has its answer. */
    leave: (): void => {
      isStopping = true;
      for (const relay of relays) relay.leave();
    },
    closeAll: (close: Close): void => {
      isStopping = true;
      for (const relay of relays) relay.close(close);
    },
    /** Open connections and handshakes under way. */
    connections: (): number => relays.size,
  };
};
