import type { ApiKey } from '../../schemas/api-key.ts';
import { agentNotFound, notPermitted } from '../protocol/error-envelope.ts';
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
};

const NOT_OPERATOR: Refusal = {
  error: notPermitted('Metrics are for this host and for keys with the role `operator`.'),
  headers: [],
};
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

/** Who calls, by the key that comes with the call; and whether they may call this agent. */
export const createKeys = ({ policy, addressOf, findKey, areKeysCurrent, nowMs }: KeysDeps): AdmissionPolicy => {
  const anonymous = madeOncePer(policy.current, anonymousOf);

  const identify = ({ headers }: ClientRequest): Authentication =>
    authenticate(credentialOf(headers), findKey, {
      nowMs: nowMs(),
      anonymous: anonymous(),
      isCurrent: areKeysCurrent(),
    });

  const isOperator = (client: ClientRequest): boolean => {
    if (!client.headers.has('x-forwarded-for') && LOOPBACK.has(addressOf(client))) return true;
    const identified = identify(client);
    return 'principal' in identified && identified.principal.keyId !== '' && identified.principal.roles.has('operator');
  };

  return {
    name: 'keys',
    about: 'who calls (401, 503), the role `operator` (403), and whether the key may call the agent (404)',
    needs: 'agent',
    admit: (call) => {
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
