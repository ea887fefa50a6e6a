import type { Admission } from '../admission/admission.ts';
import { agentPath, askedOf, NO_AGENT } from './agent-proxy.ts';
import { withQuery } from '../protocol/client-call.ts';
import { withoutOverridden } from '../policy/credentials.ts';
import { notPermitted } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import { forwardedHeaderLines } from '../protocol/request-headers.ts';
import type { AdmittedSocket, SocketRequest } from '../protocol/socket-call.ts';
import { nextTarget } from '../routing/route.ts';
import type { RequestRouting } from './request-routing.ts';
import { limitsOf } from '../upstream/upstreams.ts';
import type { Upstreams } from '../upstream/upstreams.ts';

export type SocketAdmissionDeps = {
  admission: Admission;
  routing: RequestRouting;
  upstreams: Upstreams;
  credentialLines: (upstream: string) => string;
};

/** Not made anew for each connection, whose request it would keep in memory. */
const NOTHING = (): void => {};
const WRONG_ORIGIN = notPermitted(
  'Pages of this origin may not connect here. The ingress policy lists those that may.',
);

/** Of the handshake itself: the client of the upstream writes its own. */
const withoutHandshake = (headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...headers].filter(([name]) => !name.startsWith('sec-websocket-')));

/** Who may open a WebSocket, and to which version: the same questions as for a request, and the page's origin. */
export const createSocketAdmission =
  ({ admission, routing, upstreams, credentialLines }: SocketAdmissionDeps) =>
  ({ client, protocols }: SocketRequest): Promise<AdmittedSocket | Refusal> =>
    new Promise((resolve) => {
      if (!admission.isOriginAllowed(client)) return resolve({ error: WRONG_ORIGIN, headers: [] });
      const admitted = admission.admit(client, 'caller');
      if ('error' in admitted) return resolve({ error: admitted.error, headers: admitted.errorHeaders });
      const named = agentPath(client.path);
      if (named === null) return resolve({ error: NO_AGENT, headers: [] });
      const { agent, pin, rest } = named;
      const asked = { ...askedOf(client, agent, pin), stream: true };
      routing.open(client, admitted.principal, asked, (opened) => {
        if ('error' in opened) return resolve(opened);
        const { request } = opened;
        const lines = `${forwardedHeaderLines(withoutHandshake(client.headers), true)}x-request-id: ${request.requestId}\r\n`;
        const limits = limitsOf(admission.agentPolicy(agent).upstream);
        resolve({
          request,
          callFor: (target, tried) => {
            const { version } = target;
            const othersMay = nextTarget(request.plan, request.route, [...tried, target]) !== null;
            if (othersMay && upstreams.isEjected(agent, version.label))
              return { kind: 'connect', message: `version ${version.label} is left alone because it failed` };
            const credentials = credentialLines(version.upstream);
            return {
              url: `${version.upstream.replace(/\/$/, '')}${withQuery(rest, client.query)}`,
              headerLines: `${withoutOverridden(lines, credentials)}${credentials}x-coalmine-version: ${version.label}\r\n`,
              protocols,
              limits,
            };
          },
          release: NOTHING,
        });
      });
    });
