/** What a wall clock may differ from the monotonic one between two looks, as when it is slewed; more is a leap. */
const MAX_SLEW_MS = 1_000;
/** A leap that has stood for so long is the time. */
const SETTLED_AFTER_MS = 30_000;

/**
 * The wall clock without its leaps: where it jumps, ahead or back, the time goes on by the monotonic clock until the jump
 * has stood for half a minute. A host whose clock is wrong for a few seconds writes no record with that time, ends no
 * stage of a rollout by it and lets no key expire; a clock that was set right is followed half a minute later.
 * @param wallMs epoch milliseconds. @param elapsedMs of a clock that nobody can set. @returns epoch milliseconds, whole ones.
 */
export const createSteadyTime = (wallMs: () => number, elapsedMs: () => number): (() => number) => {
  let offsetMs = wallMs() - elapsedMs();
  let leap: { offsetMs: number; sinceMs: number } | null = null;
  /** What both clocks were found to agree on last: most looks fall into the same millisecond, and need but one of them. */
  let agreedMs = Number.NaN;
  const follow = (nowMs: number, elapsed: number): number => {
    offsetMs = nowMs - elapsed;
    leap = null;
    agreedMs = nowMs;
    return nowMs;
  };
  return () => {
    const nowMs = wallMs();
    if (nowMs === agreedMs) return nowMs;
    const elapsed = elapsedMs();
    const foundMs = nowMs - elapsed;
    if (Math.abs(foundMs - offsetMs) <= MAX_SLEW_MS) return follow(nowMs, elapsed);
    agreedMs = Number.NaN;
    if (leap === null || Math.abs(foundMs - leap.offsetMs) > MAX_SLEW_MS)
      leap = { offsetMs: foundMs, sinceMs: elapsed };
    // So that a clock which is slewed after its leap is not taken for one that leaps again and again.
    else leap.offsetMs = foundMs;
    if (elapsed - leap.sinceMs >= SETTLED_AFTER_MS) return follow(nowMs, elapsed);
    return Math.round(elapsed + offsetMs);
  };
};
