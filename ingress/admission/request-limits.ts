import type { Refusal } from '../protocol/error-envelope.ts';
import type { ClientRequest } from '../protocol/client-call.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';
import type { LimitResult } from './gcra.ts';
import { bucketsOf, callersBucket, limitHeaders, refusalOf } from './limits.ts';
import type { RateLimiter } from './limits.ts';
import { SpentCallers } from './spent-callers.ts';

export type RequestLimitsDeps = {
  policy: PolicyInForce;
  addressOf: (client: ClientRequest) => string;
  limiter: RateLimiter;
  nowMs: () => number;
};

const answerTo = (call: AdmissionCall, result: LimitResult | null): Refusal | null => {
  if (result === null) return null;
  const refusal = refusalOf(result);
  if (refusal !== undefined) return refusal;
  call.headers = call.headers.length === 0 ? limitHeaders(result) : [...call.headers, ...limitHeaders(result)];
  return null;
};

/** Whether a body comes with a call, which nobody need read of one that will be refused. */
const bringsBody = ({ headers }: ClientRequest): boolean =>
  headers.has('content-length') || headers.has('transfer-encoding');

/**
 * How many requests a minute a key, a user and an agent may have. A connection's handshake is one, and so is each of its turns,
 * which is one exchange as well. What was charged stays so, however the call ends. All are charged when the body is read, together or none;
 * but whose key or address was just found to have nothing left is refused by the head, before the body is read.
 */
export const createRequestLimits = ({ policy, addressOf, limiter, nowMs }: RequestLimitsDeps): AdmissionPolicy => {
  const spent = new SpentCallers();
  const answered = (call: AdmissionCall, result: LimitResult | null): Refusal | null => {
    if (result?.allowed === false) spent.refused(result, nowMs());
    return answerTo(call, result);
  };
  return {
    name: 'request limits',
    about: 'how many requests a key, a user and an agent may have in a while (429)',
    needs: 'agent',
    admit: ({ access, client, principal }) => {
      if (spent.isEmpty || access !== 'caller' || !bringsBody(client)) return null;
      const result = spent.find(
        callersBucket(principal.keyId, () => addressOf(client)),
        nowMs(),
      );
      return result === null ? null : (refusalOf(result) ?? null);
    },
    reserve: (call) => {
      const { client, principal, subject, agent } = call;
      const caller = { principal, ...subject, address: () => addressOf(client) };
      const buckets = bucketsOf(policy.current().spec.limits, policy.ofAgent(agent).limit, caller, agent);
      if (buckets.length === 0) return null;
      const result = limiter.take(buckets);
      return result instanceof Promise ? result.then((late) => answered(call, late)) : answered(call, result);
    },
  };
};
