import type { UpstreamPolicy } from '../../schemas/ingress-policy.ts';

type OutlierPolicy = UpstreamPolicy['outlier'];

/**
 * What is known of one version's upstream. Written in place, because every call writes it.
 *
 * An answer that breaks off after a good head is a failure of its own kind, with its own row: else the good heads of an
 * upstream that never finishes an answer would hide that from the consecutive count, and if a stream's success counted
 * only at its end, the quick failures of a slow but sound upstream would look like a row.
 */
export type Health = {
  /** Since the last good head. */
  failedInARow: number;
  /** Since the last answer that came to its end. */
  brokenInARow: number;
  /** Of the interval under way. */
  answers: number;
  failures: number;
  isEjected: boolean;
  ejectedAtMs: number;
  /** How often lately: one more with each ejection, one less with each interval without. */
  ejections: number;
};

export type EjectionReason = 'consecutive_failures' | 'failure_pct';

export const newHealth = (): Health => ({
  failedInARow: 0,
  brokenInARow: 0,
  answers: 0,
  failures: 0,
  isEjected: false,
  ejectedAtMs: 0,
  ejections: 0,
});

/** A head under 500. */
export const noteAnswer = (health: Health): void => {
  health.failedInARow = 0;
  health.answers += 1;
};

/** An answer under 500 came to its end. */
export const noteEnd = (health: Health): void => {
  health.brokenInARow = 0;
};

/** No head, or one of 500 and above. */
export const noteFailure = (health: Health): void => {
  health.failedInARow += 1;
  health.answers += 1;
  health.failures += 1;
};

/** An answer under 500 broke off. */
export const noteBreak = (health: Health): void => {
  health.brokenInARow += 1;
  health.failures += 1;
};

/** True once per row that is long enough: the row starts again, so that a refused ejection is asked for again later. */
export const hasFailedInARow = (health: Health, policy: OutlierPolicy): boolean => {
  if (Math.max(health.failedInARow, health.brokenInARow) < policy.consecutiveFailures) return false;
  health.failedInARow = 0;
  health.brokenInARow = 0;
  return !health.isEjected;
};

/** At most `maxEjectedPct` of the versions that may serve are ejected at once, but one always may be. */
export const mayEject = (ejected: number, siblings: number, policy: OutlierPolicy): boolean =>
  ejected === 0 || (ejected + 1) * 100 <= policy.maxEjectedPct * siblings;

export const ejectionMs = (health: Health, policy: OutlierPolicy): number =>
  Math.min(policy.baseEjection * health.ejections, policy.maxEjection);

export const eject = (health: Health, policy: OutlierPolicy, nowMs: number): void => {
  health.isEjected = true;
  health.ejectedAtMs = nowMs;
  // Beyond the longest ejection the count stops growing, or good conduct would not be believed for hours.
  if (policy.baseEjection * health.ejections < policy.maxEjection + policy.baseEjection) health.ejections += 1;
};

/** All traffic comes back at once, and only what happens from now on counts. */
export const takeBack = (health: Health): void => {
  health.isEjected = false;
  health.failedInARow = 0;
  health.brokenInARow = 0;
  health.answers = 0;
  health.failures = 0;
};

/**
 * The end of an interval: what is to be done with the version. `takeBack` and `eject` do it. The rules and their order
 * are those of Envoy's outlier detection (consecutive_5xx, failure_percentage, base_ejection_time × ejections), but that
 * an interval that ends in an ejection takes nothing off the number of ejections.
 */
export const endInterval = (health: Health, policy: OutlierPolicy, nowMs: number): 'take_back' | 'eject' | null => {
  const { answers, failures } = health;
  health.answers = 0;
  health.failures = 0;
  if (health.isEjected) return nowMs - health.ejectedAtMs >= ejectionMs(health, policy) ? 'take_back' : null;
  // Answers that began in an earlier interval may break off in this one, so there may be more failures than answers.
  const requests = Math.max(answers, failures);
  if (requests >= policy.minRequests && failures * 100 >= policy.failurePct * requests) return 'eject';
  if (health.ejections > 0) health.ejections -= 1;
  return null;
};
