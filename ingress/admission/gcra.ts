import type { Limit } from '../../schemas/ingress-policy.ts';

/**
 * The generic cell rate algorithm as a virtual schedule (ITU-T I.371, annex A; ATM Forum TM 4.1, 4.4.3), on the backlog
 * TAT − now instead of the theoretical arrival time itself. Each request adds the emission interval T to the backlog,
 * which drains in real time; it conforms if the backlog stays within burst × T. So no window of length w has more than
 * burst + w/T requests. Times are whole microseconds, Redis' own resolution, so that sums are exact here and in Lua; T is
 * rounded up, so a limit of 30,000 a second is one of 29,411.
 */
export type Rate = { intervalUs: number; burst: number };

export const rateOf = ({ requests, per, burst }: Limit): Rate => ({
  intervalUs: Math.ceil((Math.max(per, 1) * 1_000) / requests),
  burst,
});

/** The share of one of several processes that can't agree among each other: together they let about the whole through. */
export const shareOf = ({ intervalUs, burst }: Rate, instances: number): Rate => ({
  intervalUs: intervalUs * instances,
  burst: Math.max(1, Math.floor(burst / instances)),
});

export const conforms = ({ intervalUs, burst }: Rate, backlogUs: number): boolean =>
  backlogUs + intervalUs <= burst * intervalUs;

/** What a client may be told of its limit. */
export type LimitResult = {
  allowed: boolean;
  /** Name of the bucket that is meant: of several the one that refuses longest, else the one with the least left. */
  bucket: string;
  /** Requests that a client may send at once after a rest. */
  limit: number;
  /** Of these, now. */
  remaining: number;
  /** Until all of them may be sent again. */
  resetMs: number;
  /** Until one more may be sent; 0 if it may now. */
  retryAfterMs: number;
};

/** One bucket as it stands after the request, which was charged if all buckets let it pass. */
export type Standing = { bucket: string; rate: Rate; backlogUs: number };

const standingResult = (allowed: boolean, { bucket, rate, backlogUs }: Standing): LimitResult => {
  const { intervalUs, burst } = rate;
  return {
    allowed,
    bucket,
    limit: burst,
    remaining: Math.max(0, Math.floor(burst - backlogUs / intervalUs)),
    resetMs: Math.ceil(backlogUs / 1_000),
    retryAfterMs: allowed ? 0 : Math.max(0, Math.ceil((backlogUs + intervalUs - burst * intervalUs) / 1_000)),
  };
};

const isTighter = (a: LimitResult, b: LimitResult): boolean => {
  if (a.retryAfterMs !== b.retryAfterMs) return a.retryAfterMs > b.retryAfterMs;
  return a.remaining === b.remaining ? a.resetMs > b.resetMs : a.remaining < b.remaining;
};

/** The result on a request by the tightest of its buckets, of which there is at least one. */
export const resultOf = (allowed: boolean, standings: readonly Standing[]): LimitResult =>
  standings.map((standing) => standingResult(allowed, standing)).reduce((a, b) => (isTighter(b, a) ? b : a));

/** Asks all buckets at once: all are charged, or none. `backlogs` are those before the request, in microseconds. */
export const takeAll = (rates: readonly Rate[], backlogs: readonly number[]): { allowed: boolean; after: number[] } => {
  const allowed = rates.every((rate, i) => conforms(rate, backlogs[i]!));
  return { allowed, after: rates.map((rate, i) => backlogs[i]! + (allowed ? rate.intervalUs : 0)) };
};
