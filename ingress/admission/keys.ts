import type { ApiKey } from '../../schemas/api-key.ts';
import { isFromThisHost, isLoopbackHost } from '../../schemas/loopback-host.ts';
import { agentNotFound, hostNotAllowed, notPermitted } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import { madeOncePer } from '../policy/policy-in-force.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';
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

  /**
   * A page that has its name resolved to this host (DNS rebinding) is of the front door's own origin, but asks for that name. It
   * has no key; who has one may ask for any name, as behind a proxy. A preflight has none in any case, and what it gets is the
   * policy's word on origins.
   */
  const mustHaveKey = ({ kind, client }: AdmissionCall): boolean =>
    isOnLoopback && kind !== 'preflight' && !isLoopbackHost(client.headers.get('host'));

  /** By being on this host: a program there, or a person who typed the address; never a page, whosesoever it is. */
  const isLocal = (client: ClientRequest): boolean => {
    const { headers } = client;
    const site = headers.get('sec-fetch-site');
    const asked = {
      host: headers.get('host'),
      origin: headers.get('origin'),
      forwardedFor: headers.get('x-forwarded-for'),
    };
    return (site === undefined || site === 'none') && isFromThisHost(asked, () => addressOf(client));
  };

  return {
    name: 'keys',
    about:
      'who calls (401, 503), and by which name of this host (403), the role `operator` (403), and whether the key may call the agent (404)',
    needs: 'agent',
    admit: (call) => {
      const needsKey = mustHaveKey(call);
      if (call.access === 'open' && !needsKey) return null;
      if (call.access === 'operator' && !needsKey && isLocal(call.client)) return null;
      const identified = identify(call.client);
      const keyed = 'principal' in identified && identified.principal.keyId !== '' ? identified.principal : null;
      if (needsKey && keyed === null) return FOREIGN_HOST;
      if (call.access === 'open') return null;
      if (call.access === 'operator') return keyed?.roles.has('operator') === true ? null : NOT_OPERATOR;
      if ('error' in identified) return identified;
      call.principal = identified.principal;
      return null;
    },
    reserve: ({ kind, principal, agent }) =>
      kind === 'turn' || mayCall(principal, agent) ? null : { error: agentNotFound(agent), headers: [] },
  };
};
