import { describe, expect, it } from 'vitest';
import { hasBudget, isRepeatable, isRepeatableStatus, retryDelayMs } from './retry-budget.ts';
import type { UpstreamFailure } from '../protocol/upstream-call.ts';

const failed = (kind: UpstreamFailure['kind']): UpstreamFailure => ({ kind, message: '' });

describe('retries', () => {
  it('are allowed for any call that was not sent, and for a broken connection only if the method is idempotent', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'BREW']) {
      const isIdempotent = !['POST', 'PATCH', 'BREW'].includes(method);
      expect(isRepeatable(method, failed('connect'))).toBe(true);
      expect(isRepeatable(method, failed('connect_timeout'))).toBe(true);
      expect(isRepeatable(method, failed('closed'))).toBe(isIdempotent);
      expect(isRepeatable(method, failed('protocol'))).toBe(isIdempotent);
      expect(isRepeatableStatus(method, 503)).toBe(isIdempotent);
    }
  });

  it('never follow a timeout of a call that was sent, or a status that repeating will not better', () => {
    for (const kind of ['first_byte_timeout', 'idle_timeout', 'total_timeout'] as const)
      expect(isRepeatable('GET', failed(kind)), kind).toBe(false);
    for (const status of [200, 429, 499, 500, 501, 505]) expect(isRepeatableStatus('GET', status)).toBe(false);
  });

  it('keep to the share of calls under way, or to the least number if that is more', () => {
    const policy = { budgetPct: 20, minConcurrent: 3 };
    expect(hasBudget(2, 1, policy)).toBe(true);
    expect(hasBudget(3, 15, policy)).toBe(false);
    expect(hasBudget(3, 16, policy)).toBe(true);
    expect(hasBudget(19, 100, policy)).toBe(true);
    expect(hasBudget(20, 100, policy)).toBe(false);
    expect(hasBudget(0, 1000, { budgetPct: 0, minConcurrent: 0 })).toBe(false);
  });

  it('come after up to 25 ms, by chance', () => {
    expect(retryDelayMs(0)).toBe(0);
    expect(retryDelayMs(0.5)).toBe(12.5);
  });
});
