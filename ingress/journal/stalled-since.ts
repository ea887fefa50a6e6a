/** A publisher that moves nothing for less is between two looks, or waits for a broker that is being restarted. */
const STALLED_AFTER_MS = 10_000;

/** Since when nothing moved from the journal to Kafka, as an ISO time to the second; null while it moves. */
export const createStalledSince = (stalledMs: () => number, nowMs: () => number) => (): string | null => {
  const forMs = stalledMs();
  if (forMs < STALLED_AFTER_MS) return null;
  return `${new Date(nowMs() - forMs).toISOString().slice(0, 19)}Z`;
};
