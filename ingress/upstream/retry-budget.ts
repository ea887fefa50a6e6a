import type { UpstreamPolicy } from '../../schemas/ingress-policy.ts';
import { isUnsent } from '../protocol/upstream-call.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';

/** Without PATCH and POST: RFC 9110, section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const MAX_BACKOFF_MS = 25;

/**
 * Whether a call that failed before its head may be sent once more. One that was sent is repeated only if its method is
 * idempotent and its connection broke; not after a timeout, when the upstream most likely still works at it.
 */
export const isRepeatable = (method: string, failure: UpstreamFailure): boolean =>
  isUnsent(failure) || ((failure.kind === 'closed' || failure.kind === 'protocol') && IDEMPOTENT.has(method));

/** Whether an answer of this status is one that another attempt may better: bad gateway, unavailable, gateway timeout. */
export const isRepeatableStatus = (method: string, status: number): boolean =>
  status >= 502 && status <= 504 && IDEMPOTENT.has(method);

/**
 * Whether one more retry keeps within the budget: as many at once as `budgetPct` of the calls under way, or
 * `minConcurrent` if that is more (Envoy's circuit breaker `retry_budget`). So retries never multiply an outage's load.
 */
export const hasBudget = (retries: number, underWay: number, policy: UpstreamPolicy['retry']): boolean =>
  retries < Math.max(policy.minConcurrent, (policy.budgetPct / 100) * underWay);

/** Full jitter. `chance` is in [0, 1). */
export const retryDelayMs = (chance: number): number => chance * MAX_BACKOFF_MS;
