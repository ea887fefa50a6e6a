import type { Attempt } from './target.ts';

export type RetryHeaders = Readonly<Record<string, string | string[] | undefined>>;

const MAX_WAIT_MS = 120_000;

const secondsIn = (text: string, nowMs: number): number | null => {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : date - nowMs;
};

const waitOf = (headers: RetryHeaders, nowMs: number): number => {
  const text = (name: string): string => [headers[name] ?? ''].flat()[0]?.trim() ?? '';
  const ms = /^\d+(\.\d+)?$/.test(text('retry-after-ms')) ? Number(text('retry-after-ms')) : null;
  const waitMs = ms ?? secondsIn(text('retry-after'), nowMs) ?? 0;
  return Math.min(MAX_WAIT_MS, Math.max(0, waitMs));
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
