import type { Refusal } from '../protocol/error-envelope.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';
import type { LimitResult } from './gcra.ts';
import { bucketsOf, limitHeaders, refusalOf } from './limits.ts';
import type { RateLimiter } from './limits.ts';

export type RequestLimitsDeps = {
  policy: PolicyInForce;
  addressOf: (client: ClientRequest) => string;
  limiter: RateLimiter;
};

const answerTo = (call: AdmissionCall, result: LimitResult | null): Refusal | null => {
  if (result === null) return null;
  const refusal = refusalOf(result);
  if (refusal !== undefined) return refusal;
  call.headers = call.headers.length === 0 ? limitHeaders(result) : [...call.headers, ...limitHeaders(result)];
  return null;
};

/**
 * How many requests a minute a key, a user and an agent may have. A connection is charged once, for its handshake; its
 * turns are not. What was charged stays so, however the call ends.
 */
export const createRequestLimits = ({ policy, addressOf, limiter }: RequestLimitsDeps): AdmissionPolicy => ({
  name: 'request limits',
  about: 'how many requests a key, a user and an agent may have in a while (429)',
  needs: 'agent',
  reserve: (call) => {
    if (call.kind === 'turn') return null;
    const { client, principal, subject, agent } = call;
    const caller = { principal, ...subject, address: () => addressOf(client) };
    const buckets = bucketsOf(policy.current().spec.limits, policy.ofAgent(agent).limit, caller, agent);
    if (buckets.length === 0) return null;
    const result = limiter.take(buckets);
    return result instanceof Promise ? result.then((late) => answerTo(call, late)) : answerTo(call, result);
  },
});
