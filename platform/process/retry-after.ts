/** `5`, `0.5`, `5s`, and what two fields of the name are joined to. */
const SECONDS = /^\s*([-+]?\d+(?:\.\d+)?)\s*s?\s*(?:,|$)/i;
/** Date.parse makes a date of the year 2001 of `soon 1`. */
const HAS_TIME = /\d:\d\d/;

/** Seconds or a date (RFC 9110, section 10.2.3), which is held against the endpoint's own clock if it tells that. */
const afterMs = (retryAfter: string, date: string, nowMs: number): number => {
  const seconds = SECONDS.exec(retryAfter)?.[1];
  if (seconds !== undefined) return Number(seconds) * 1000;
  if (!HAS_TIME.test(retryAfter)) return Number.NaN;
  const toldMs = Date.parse(date);
  return Date.parse(retryAfter) - (Number.isNaN(toldMs) ? nowMs : toldMs);
};

/**
 * How long an endpoint asks to wait, by `retry-after-ms` or else `retry-after`; null where it names no time, 0 of one that is past.
 * @param header of its answer, '' for one that it lacks. @param nowMs epoch milliseconds, where it does not tell its own `date`.
 */
export const askedToWaitMs = (header: (name: string) => string, nowMs: number): number | null => {
  const ms = Number.parseFloat(header('retry-after-ms'));
  const wanted = Number.isFinite(ms) ? ms : afterMs(header('retry-after'), header('date'), nowMs);
  return Number.isFinite(wanted) ? Math.max(0, wanted) : null;
};
