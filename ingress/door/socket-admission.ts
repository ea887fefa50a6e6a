import { joinUrl } from '../../openai/base-url.ts';
import type { BeginCall } from '../admission/chain.ts';
import { withQuery } from '../protocol/client-call.ts';
import { withoutOverridden } from '../policy/credentials.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { forwardedHeaderLines } from '../protocol/request-headers.ts';
import { withoutKeys } from '../protocol/socket-credential.ts';
import type { SocketRequest } from '../protocol/socket-call.ts';
import type { RoutedRequest } from '../exchange/live-exchange.ts';
import type { AdmittedSocket } from '../relay/admitted-socket.ts';
import { nextTarget } from '../routing/route.ts';
import { limitsOf } from '../upstream/upstreams.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { agentPath, agentRequestOf, NO_AGENT } from './agent-proxy.ts';
import type { RequestRouting } from './request-routing.ts';

export type SocketAdmissionDeps = {
  beginCall: BeginCall;
  policy: PolicyInForce;
  routing: RequestRouting;
  upstreams: Upstreams;
  credentialLines: (upstream: string) => string;
};

/** How to reach the versions that a connection may go to; `path` is what follows their base URLs. */
const callerOf = (
  { policy, upstreams, credentialLines }: SocketAdmissionDeps,
  { client, protocols }: SocketRequest,
  request: RoutedRequest,
  path: string,
): AdmittedSocket['callFor'] => {
  const { agent } = request.plan.view;
  const lines = `${forwardedHeaderLines(client.headers, true)}x-request-id: ${request.requestId}\r\n`;
  const offered = withoutKeys(protocols);
  const limits = limitsOf(policy.ofAgent(agent).upstream);
  return (target, tried) => {
    const { version } = target;
    const othersMay = nextTarget(request.plan, request.route, [...tried, target]) !== null;
    if (othersMay && upstreams.isEjected(agent, version.label))
      return { kind: 'connect', message: `version ${version.label} is left alone because it failed` };
    if (!URL.canParse(version.upstream)) return { kind: 'connect', message: 'the version’s upstream is no URL' };
    const credentials = credentialLines(version.upstream);
    return {
      url: joinUrl(version.upstream, path),
      headerLines: `${withoutOverridden(lines, credentials)}${credentials}x-coalmine-version: ${version.label}\r\n`,
      protocols: offered,
      limits,
    };
  };
};

/** Who may open a WebSocket, and to which version: the chain and the routing of any request. */
export const createSocketAdmission =
  (deps: SocketAdmissionDeps) =>
  (socket: SocketRequest): Promise<AdmittedSocket | Refusal> =>
    new Promise((resolve) => {
      const { client } = socket;
      const call = deps.beginCall('handshake', client, 'caller');
      const refuse = ({ error, headers }: Refusal): void => {
        call.settle(error.status);
        resolve({ error, headers: [...headers, ...call.headers] });
      };
      const refusal = call.enter();
      if (refusal !== null) return refuse(refusal);
      const named = agentPath(client.path);
      if (named === null) return refuse({ error: NO_AGENT, headers: [] });
      const { agent, pin, rest } = named;
      const asked = { ...agentRequestOf(client, agent, pin), stream: true };
      deps.routing.open(client, call, asked, (opened) => {
        if ('error' in opened) return refuse(opened);
        const callFor = callerOf(deps, socket, opened, withQuery(rest, client.query));
        resolve({ call, request: opened, callFor });
      });
    });
