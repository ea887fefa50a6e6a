import { mediaTypeOf } from '../../openai/media-type.ts';
import { withQuery } from '../protocol/client-call.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { RAW } from '../protocol/dialect.ts';
import { badRequest } from '../protocol/error-envelope.ts';
import { parseModel } from '../routing/route.ts';
import { Relay } from '../relay/relay.ts';
import type { RelayDeps } from '../relay/relay.ts';
import type { Handle, Refuse } from './endpoint.ts';
import type { AgentRequest, RequestRouting } from './request-routing.ts';

export type AgentProxyDeps = {
  routing: RequestRouting;
  relay: RelayDeps;
  refuse: Refuse;
  maxBodyBytes: () => number;
};

const PATH = /^\/agents\/([^/]+)(\/.*)?$/;
/**
 * Segments that would lead out of the version's base path (RFC 3986, section 5.2.4), in each spelling that some server
 * understands: escaped dots and slashes, backslashes, and parameters after the dots.
 */
const DOTS = /(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\;]|%2f|%5c|%3b|$)/i;

/** `/agents/support@v2/a/b` → agent, pinned version, and the path that its upstream gets. Null if no agent is named. */
export const agentPath = (path: string): { agent: string; pin: string | null; rest: string } | null => {
  const match = PATH.exec(path);
  if (match === null || DOTS.test(match[2] ?? '')) return null;
  try {
    return { ...parseModel(decodeURIComponent(match[1]!)), rest: match[2] ?? '' };
  } catch {
    return null;
  }
};

const wantsEvents = (accept: string): boolean =>
  accept.split(',').some((range) => mediaTypeOf(range) === 'text/event-stream');

/** What a request in an agent's own protocol says of where it wants to go: all but the agent is in headers. */
export const agentRequestOf = (client: ClientRequest, agent: string, pin: string | null): AgentRequest => ({
  agent,
  version: pin,
  user: null,
  safetyIdentifier: null,
  cacheKey: null,
  stream: wantsEvents(client.headers.get('accept') ?? ''),
  metadata: {},
  goesOnFrom: null,
  conversation: null,
});

export const NO_AGENT = badRequest('Name an agent in the path: /agents/{agent}/…', 'agent');

/** `/agents/{agent}/*`: the agent's own protocol, passed on as it is and captured. */
export const createAgentProxy =
  (deps: AgentProxyDeps): Handle =>
  (client, call, reply, upload) => {
    const startedMs = deps.relay.elapsedMs();
    const named = agentPath(client.path);
    const close = upload === null ? undefined : true;
    if (named === null) return deps.refuse(reply, NO_AGENT, [], close);
    const { agent, pin, rest } = named;
    const hidesCors = call.headers.length > 0;
    deps.routing.open(client, call, agentRequestOf(client, agent, pin), (opened) => {
      if (reply.isOver) return;
      if ('error' in opened) return deps.refuse(reply, opened.error, opened.headers, close);
      const outgoing = {
        call,
        dialect: RAW,
        path: withQuery(rest, client.query),
        bodyFor: () => client.body,
        hidesCors,
        answered: null,
        upload,
        maxBodyBytes: deps.maxBodyBytes(),
        choices: 1,
      };
      new Relay(deps.relay, opened, outgoing, reply, startedMs).start();
    });
  };
