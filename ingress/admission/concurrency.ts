import { unavailable } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { AdmissionCall, AdmissionPolicy } from './admission-call.ts';

const OVERLOADED: Refusal = {
  error: unavailable('overloaded', 'The front door has as many requests as it takes. Try again later.'),
  headers: ['retry-after', '1', 'retry-after-ms', '1000'],
};

/** A turn is part of its connection, which has its place already. */
const isCounted = ({ kind, access }: AdmissionCall): boolean => access === 'caller' && kind !== 'turn';

/** At most `maxConcurrent` requests and connections are under way at once in this process. */
export const createConcurrency = ({ policy }: { policy: PolicyInForce }): AdmissionPolicy => {
  let underWay = 0;
  return {
    name: 'concurrency',
    about: 'places under way, `limits.maxConcurrent` (503)',
    needs: 'head',
    admit: (call) => (isCounted(call) && underWay >= policy.current().spec.limits.maxConcurrent ? OVERLOADED : null),
    reserve: (call) => {
      if (isCounted(call)) underWay += 1;
      return null;
    },
    settle: (call) => {
      if (isCounted(call)) underWay -= 1;
    },
  };
};
