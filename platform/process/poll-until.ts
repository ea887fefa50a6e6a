import type { Clock } from './clock.ts';

/**
 * Looks every `everyMs` until it is so, or until `deadlineMs` have passed (none: for ever). Tells whether it became so. For
 * what nobody tells of, such as Redis being there again; looks at once before it waits.
 */
export const pollUntil = async (
  clock: Clock,
  isSo: () => boolean,
  { everyMs, deadlineMs = Number.POSITIVE_INFINITY }: { everyMs: number; deadlineMs?: number },
): Promise<boolean> => {
  const endsAtMs = clock.nowMs() + deadlineMs;
  while (!isSo()) {
    if (clock.nowMs() >= endsAtMs) return false;
    await clock.sleep(everyMs);
  }
  return true;
};
