import type { ApiKey } from '../../schemas/api-key.ts';
import { isLoopbackHost } from '../../schemas/loopback-host.ts';
import { agentNotFound, hostNotAllowed, notPermitted } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { madeOncePer } from '../policy/policy-in-force.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionPolicy } from './admission-call.ts';
import { anonymousOf, authenticate, credentialOf, mayCall } from './authenticate.ts';
import type { Authentication } from './authenticate.ts';

export type KeysDeps = {
  policy: PolicyInForce;
  addressOf: (client: ClientRequest) => string;
  findKey: (sha256: string) => ApiKey | undefined;
  /** False while the table of keys may lack some. */
  areKeysCurrent: () => boolean;
  nowMs: () => number;
  /** The front door listens on loopback alone. */
  isOnLoopback: boolean;
};

const NOT_OPERATOR: Refusal = {
  error: notPermitted('Metrics are for this host and for keys with the role `operator`.'),
  headers: [],
};
const FOREIGN_HOST: Refusal = {
  error: hostNotAllowed(
    'This front door listens on loopback, where callers without a key must ask for localhost or 127.0.0.1. Send a key, or have the proxy send that host.',
  ),
  headers: [],
};
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

/** Who calls, by the key that comes with the call; and whether they may call this agent. */
export const createKeys = ({
  policy,
  addressOf,
  findKey,
  areKeysCurrent,
  nowMs,
  isOnLoopback,
}: KeysDeps): AdmissionPolicy => {
  const anonymous = madeOncePer(policy.current, anonymousOf);

  const identify = ({ headers }: ClientRequest): Authentication =>
    authenticate(credentialOf(headers), findKey, {
      nowMs: nowMs(),
      anonymous: anonymous(),
      isCurrent: areKeysCurrent(),
    });

  const hasKey = (client: ClientRequest): boolean => {
    const identified = identify(client);
    return 'principal' in identified && identified.principal.keyId !== '';
  };

  /**
   * A page that has its name resolved to this host (DNS rebinding) is of the front door's own origin, but asks for that name. It
   * has no key; who has one may ask for any name, as behind a proxy.
   */
  const isForeignHost = (client: ClientRequest): boolean =>
    isOnLoopback && !isLoopbackHost(client.headers.get('host')) && !hasKey(client);

  /** By being on this host: a program there, or a person who typed the address; never a page, whosesoever it is. */
  const isLocal = (client: ClientRequest): boolean => {
    const { headers } = client;
    if (headers.has('x-forwarded-for') || headers.has('origin') || !isLoopbackHost(headers.get('host'))) return false;
    const site = headers.get('sec-fetch-site');
    return (site === undefined || site === 'none') && LOOPBACK.has(addressOf(client));
  };

  const isOperator = (client: ClientRequest): boolean => {
    if (isLocal(client)) return true;
    const identified = identify(client);
    return 'principal' in identified && identified.principal.keyId !== '' && identified.principal.roles.has('operator');
  };

  return {
    name: 'keys',
    about:
      'who calls (401, 503), and by which name of this host (403), the role `operator` (403), and whether the key may call the agent (404)',
    needs: 'agent',
    admit: (call) => {
      // A preflight has no key in any case, and what it gets is the policy's word on origins.
      if (call.kind !== 'preflight' && isForeignHost(call.client)) return FOREIGN_HOST;
      if (call.access === 'open') return null;
      if (call.access === 'operator') return isOperator(call.client) ? null : NOT_OPERATOR;
      const identified = identify(call.client);
      if ('error' in identified) return identified;
      call.principal = identified.principal;
      return null;
    },
    reserve: ({ kind, principal, agent }) =>
      kind === 'turn' || mayCall(principal, agent) ? null : { error: agentNotFound(agent), headers: [] },
  };
};
