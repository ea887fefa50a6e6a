import type { Metrics } from '../../platform/process/metrics.ts';
import type { Ending } from '../protocol/websocket-close.ts';

export type SocketEvents = ReturnType<typeof createSocketEvents>;

/** What an operator may learn of WebSocket connections; turns are counted as all requests are. */
export const createSocketEvents = (metrics: Metrics) => {
  const open = metrics.gauge('sockets', 'WebSocket connections open to both sides', ['agent', 'version']);
  const closed = metrics.counter('sockets_closed_total', 'WebSocket connections closed, by who or what ended them', [
    'agent',
    'version',
    'by',
  ]);
  const unasked = metrics.counter('socket_unasked_total', 'Messages of versions while no turn was under way', [
    'agent',
    'version',
  ]);
  return {
    opened: (agent: string, version: string) => open.inc({ agent, version }),
    closed: (agent: string, version: string, by: Ending['by']) => {
      open.dec({ agent, version });
      closed.inc({ agent, version, by });
    },
    /** Relayed, but part of no exchange. */
    unasked: (agent: string, version: string) => unasked.inc({ agent, version }),
  };
};
