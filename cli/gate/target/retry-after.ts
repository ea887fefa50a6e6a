import { askedToWaitMs } from '../../../platform/process/retry-after.ts';
import type { Attempt } from './target.ts';

export type RetryHeaders = Readonly<Record<string, string | string[] | undefined>>;

const MAX_WAIT_MS = 120_000;

const waitOf = (headers: RetryHeaders, nowMs: number): number => {
  const waitMs = askedToWaitMs((name) => [headers[name] ?? ''].flat()[0] ?? '', nowMs);
  return Math.min(MAX_WAIT_MS, waitMs ?? 0);
};

const isTransient = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Whether asking again may help after that status, and when: as OpenAI's own clients take these headers. */
export const retryAfterOf = (
  status: number,
  headers: RetryHeaders,
  nowMs = Date.now(),
): Pick<Attempt, 'retryAfterMs' | 'isBusy'> => {
  const said = [headers['x-should-retry'] ?? ''].flat()[0];
  if (said === 'false' || (!isTransient(status) && said !== 'true')) return { retryAfterMs: null, isBusy: false };
  const waitMs = waitOf(headers, nowMs);
  return { retryAfterMs: waitMs, isBusy: waitMs > 0 && (status === 429 || status === 503) };
};
