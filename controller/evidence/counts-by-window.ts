/** A count over a stage of which the latest windows are kept apart, so that it can be read as it stood a while ago. Plain data. */
export type CountsByWindow = { latest: readonly { startMs: number; count: number }[]; earlier: number };

/** So many windows are kept apart. */
const KEPT_WINDOWS = 120;

export const NO_COUNT: CountsByWindow = { latest: [], earlier: 0 };

export const addCount = ({ latest, earlier }: CountsByWindow, startMs: number, count: number): CountsByWindow => {
  const kept = [...latest, { startMs, count }];
  const oldest = kept.length > KEPT_WINDOWS ? kept.shift() : undefined;
  return { latest: kept, earlier: earlier + (oldest?.count ?? 0) };
};

/** Of windows that start before `beforeMs`, and of all that are no longer kept apart. */
export const countBefore = ({ latest, earlier }: CountsByWindow, beforeMs: number): number =>
  latest.reduce((sum, { startMs, count }) => (startMs < beforeMs ? sum + count : sum), earlier);
