import type { ApiKey } from '../../schemas/api-key.ts';
import type { AgentPolicy, IngressPolicy } from '../../schemas/ingress-policy.ts';
import { agentPolicies } from '../policy/agent-policy.ts';
import { anonymousOf, authenticate, credentialOf } from './authenticate.ts';
import type { Principal } from './authenticate.ts';
import type { ClientRequest, ReplyHeaders } from '../protocol/client-call.ts';
import { createCors } from './cors.ts';
import type { Cors, Preflight } from './cors.ts';
import { notPermitted, unavailable } from '../protocol/error-envelope.ts';
import type { ApiError, Refusal } from '../protocol/error-envelope.ts';
import { bucketsOf, limitHeaders, refusalOf } from './limits.ts';
import type { RateLimiter } from './limits.ts';
import type { Verdict } from './gcra.ts';
import type { Subject } from '../routing/subject.ts';

export type AdmissionDeps = {
  /** In force now; another object when it changed. */
  policy: () => IngressPolicy;
  /** Tells a client's address by its peer's and `x-forwarded-for`; made anew for each policy. */
  addressing: (trustedProxies: readonly string[]) => Addressing;
  findKey: (sha256: string) => ApiKey | undefined;
  areKeysCurrent: () => boolean;
  limiter: RateLimiter;
  /** Requests not yet answered. */
  pending: () => number;
  nowMs: () => number;
};

type Addressing = (peer: string, forwardedFor: string | undefined) => string;

/** `open` is for everyone, `operator` for the role `metrics` and for this host. */
export type Access = 'open' | 'caller' | 'operator';
export type Granted = { principal: Principal; headers: ReplyHeaders };
/** `headers` are of every answer to the request, `errorHeaders` of the refusal alone. */
export type Admitted = Granted | { error: ApiError; headers: ReplyHeaders; errorHeaders: ReplyHeaders };

export type Admission = {
  /** What a request's head alone decides. */
  admit(client: ClientRequest, access: Access): Admitted;
  /** The answer to a browser's preflight; null for any other request. */
  preflight(method: string, headers: ClientRequest['headers']): Preflight | null;
  /**
   * The one place where a policy may still stop a request of which all is known: who sends it, to which agent, for whom.
   * With what it passes come the headers that its answer gets.
   */
  take(
    client: ClientRequest,
    principal: Principal,
    agent: string,
    subject: Subject,
  ): Refusal | { headers: ReplyHeaders } | Promise<Refusal | { headers: ReplyHeaders }>;
  addressOf(client: ClientRequest): string;
  /** Whether a page may open a WebSocket here: browsers ask nobody. Of those of this host itself always. */
  isOriginAllowed(client: ClientRequest): boolean;
  agentPolicy(agent: string): AgentPolicy;
  maxBodyBytes(): number;
};

/** A policy in the form that requests need, made once per policy. */
type Prepared = {
  policy: IngressPolicy;
  anonymous: Principal | null;
  cors: Cors;
  agentPolicy: (agent: string) => AgentPolicy;
  addressing: Addressing;
};

const NOBODY: Principal = {
  keyId: '',
  roles: new Set(),
  groups: [],
  claims: {},
  agents: new Set(),
  limit: null,
};
const NO_HEADERS: ReplyHeaders = [];
const UNLIMITED = { headers: NO_HEADERS };
const OVERLOADED: Refusal = {
  error: unavailable('overloaded', 'The front door has as many requests as it takes. Try again later.'),
  headers: ['retry-after', '1', 'retry-after-ms', '1000'],
};
const NOT_OPERATOR = notPermitted('Metrics are for this host and for keys with the role `metrics`.');
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

const answerTo = (verdict: Verdict | null): Refusal | { headers: ReplyHeaders } => {
  if (verdict === null) return UNLIMITED;
  return refusalOf(verdict) ?? { headers: limitHeaders(verdict) };
};

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

export const createAdmission = (deps: AdmissionDeps): Admission => {
  let prepared: Prepared | null = null;
  const current = (): Prepared => {
    const policy = deps.policy();
    if (prepared?.policy === policy) return prepared;
    prepared = {
      policy,
      anonymous: anonymousOf(policy),
      cors: createCors(policy.spec.cors),
      agentPolicy: agentPolicies(policy),
      addressing: deps.addressing(policy.spec.access.trustedProxies),
    };
    return prepared;
  };
  const addressOf = (client: ClientRequest): string =>
    current().addressing(client.peer(), client.headers.get('x-forwarded-for'));

  const identify = (client: ClientRequest, { anonymous }: Prepared): ReturnType<typeof authenticate> =>
    authenticate(credentialOf(client.headers), deps.findKey, {
      nowMs: deps.nowMs(),
      anonymous,
      isCurrent: deps.areKeysCurrent(),
    });

  const isOperator = (client: ClientRequest, now: Prepared): boolean => {
    if (!client.headers.has('x-forwarded-for') && LOOPBACK.has(addressOf(client))) return true;
    const identified = identify(client, now);
    return 'principal' in identified && identified.principal.keyId !== '' && identified.principal.roles.has('metrics');
  };

  return {
    admit: (client, access) => {
      const now = current();
      const headers = now.policy.spec.cors === null ? NO_HEADERS : now.cors.headersFor(client.headers.get('origin'));
      const refuse = ({ error, headers: errorHeaders }: Refusal): Admitted => ({ error, headers, errorHeaders });
      if (access === 'open') return { principal: NOBODY, headers };
      if (access === 'operator')
        return isOperator(client, now) ? { principal: NOBODY, headers } : refuse({ error: NOT_OPERATOR, headers: [] });
      // The request itself is among the pending ones.
      if (deps.pending() > now.policy.spec.limits.maxConcurrent) return refuse(OVERLOADED);
      const identified = identify(client, now);
      return 'error' in identified ? refuse(identified) : { principal: identified.principal, headers };
    },
    preflight: (method, headers) =>
      current().policy.spec.cors === null ? null : current().cors.preflight(method, headers),
    take: (client, principal, agent, subject) => {
      const { policy, agentPolicy } = current();
      const caller = { principal, ...subject, address: () => addressOf(client) };
      const buckets = bucketsOf(policy.spec.limits, agentPolicy(agent).limit, caller, agent);
      if (buckets.length === 0) return UNLIMITED;
      const verdict = deps.limiter.take(buckets);
      return verdict instanceof Promise ? verdict.then(answerTo) : answerTo(verdict);
    },
    addressOf,
    isOriginAllowed: ({ headers }) => {
      const origin = headers.get('origin');
      return origin === undefined || hostOf(origin) === headers.get('host') || current().cors.isAllowed(origin);
    },
    agentPolicy: (agent) => current().agentPolicy(agent),
    maxBodyBytes: () => current().policy.spec.limits.maxBodyBytes,
  };
};
