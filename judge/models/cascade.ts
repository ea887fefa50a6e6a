import type { Finding } from '../answers/finding.ts';

/**
 * Whether a cheap judge's findings should be put before the strong one: it came to none, or a value lies within `band` of the
 * middle of the scale, where a small error turns good into bad.
 */
export const isNearBoundary = (findings: readonly Finding[], band: number): boolean =>
  findings.some(
    ({ status, value }) => status === 'error' || (status === 'scored' && Math.abs((value ?? 0.5) - 0.5) <= band),
  );
