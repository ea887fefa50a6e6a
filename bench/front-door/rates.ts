/** Above this share of what it can do at all, a target's queue is measured, not the target. */
const COMFORTABLE = 0.6;
/** The lowest rate that still gives enough latencies in a run of seconds. */
const LOWEST = 5;

/**
 * The rate at which a target's added latency is measured: the wanted one; if it can't hold the lower one of 200 a second
 * comfortably, a third of what it can. Null for a higher one that it can't hold.
 */
export const affordableRate = (wanted: number, saturatedPerSecond: number): number | null => {
  if (wanted <= saturatedPerSecond * COMFORTABLE) return wanted;
  return wanted > 200 ? null : Math.max(LOWEST, Math.round(saturatedPerSecond / 3));
};
