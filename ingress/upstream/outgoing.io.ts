import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { SendUpstream } from '../protocol/upstream-call.ts';
import { createUpstreamHttp } from './upstream-http.io.ts';
import type { UpstreamEvents } from './version-gate.ts';
import { createUpstreamTls } from './upstream-tls.io.ts';
import { createUpstreamWs } from './upstream-ws.io.ts';
import { createUpstreams } from './upstreams.ts';

const PING_EVERY_MS = 30_000;
/** A scheme may be in any letter case (RFC 3986, section 3.1). */
const TLS = /^https:/i;

/** The ways to a version: our own client for plain HTTP and undici for TLS, both behind what guards versions; and WebSocket. */
export const createOutgoing = (
  policy: PolicyInForce,
  events: UpstreamEvents,
  nowMs: () => number,
  maxMessageBytes: number,
) => {
  const http = createUpstreamHttp(nowMs);
  const tls = createUpstreamTls();
  const ws = createUpstreamWs({ maxMessageBytes, pingEveryMs: PING_EVERY_MS });
  const send: SendUpstream = (request, sink) => (TLS.test(request.upstream) ? tls : http).send(request, sink);
  const upstreams = createUpstreams({
    send,
    policyOf: (agent) => policy.ofAgent(agent).upstream,
    nowMs,
    random: Math.random,
    later: (ms, run) => void setTimeout(run, ms),
    events,
  });
  return {
    upstreams,
    openSocket: ws.open,
    close: () => {
      http.close();
      tls.close();
      ws.close();
    },
  };
};
