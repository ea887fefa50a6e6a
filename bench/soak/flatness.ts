/** Resident memory of a process, in MB (10^6 bytes), at a second of the run. */
export type Sample = { second: number; mb: number };

/**
 * Memory after the warm-up: medians of the first and the last block of ten seconds, the peak, and the growth in MB a minute with the lower
 * bound of its one-sided 95 % interval.
 */
export type Flatness = {
  firstMb: number;
  lastMb: number;
  peakMb: number;
  mbPerMinute: number;
  atLeastMbPerMinute: number;
  /** Null of a run too short to tell. */
  isFlat: boolean | null;
};

const BLOCK_S = 10;
/** Three minutes after the warm-up. */
const LEAST_BLOCKS = 18;
/** One-sided 95 %. */
const Z = 1.645;
/**
 * What may grow in a minute without being a leak: garbage that waits for its collection, and ids that are kept for two hours. At two
 * hundred exchanges a second it is 400 bytes of each.
 */
export const TOLERANCE_MB_PER_MINUTE = 5;
/** A minute, or half of a longer run: Node lets a heap grow for minutes before it first collects all of it. */
export const warmUpSeconds = (minutes: number): number => Math.max(60, Math.round((minutes * 60) / 2));

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

/** A saw of collections is one value of each ten seconds, which are nearly independent of one another. */
const blocksOf = (samples: readonly Sample[]): Sample[] => {
  const blocks = new Map<number, number[]>();
  for (const { second, mb } of samples) {
    const at = Math.floor(second / BLOCK_S);
    blocks.set(at, [...(blocks.get(at) ?? []), mb]);
  }
  return [...blocks].map(([at, mb]) => ({ second: at * BLOCK_S, mb: median(mb) }));
};

/** In MB a minute, of each two blocks, the least first. */
const slopesOf = (blocks: readonly Sample[]): number[] =>
  blocks
    .flatMap((a, i) => blocks.slice(i + 1).map((b) => (60 * (b.mb - a.mb)) / (b.second - a.second)))
    .toSorted((a, b) => a - b);

/**
 * Whether memory stays as it is. The slope is the median of all slopes between two blocks, which a burst does not move (Theil 1950), with
 * the interval that Kendall's statistic gives it (Sen 1968). It grows only if that is sure: by more than the tolerance at the interval's
 * lower end. A run of less than three minutes after its warm-up shows
 * nothing: the heap of a young process still finds its size.
 */
export const flatnessOf = (samples: readonly Sample[], warmUpS: number): Flatness => {
  const blocks = blocksOf(samples.filter(({ second }) => second > warmUpS));
  const slopes = slopesOf(blocks);
  const n = blocks.length;
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const atLeast = slopes[Math.max(0, Math.floor((slopes.length - spread) / 2))] ?? Number.NaN;
  return {
    firstMb: blocks[0]?.mb ?? Number.NaN,
    lastMb: blocks.at(-1)?.mb ?? Number.NaN,
    peakMb: Math.max(...samples.map(({ mb }) => mb)),
    mbPerMinute: median(slopes),
    atLeastMbPerMinute: atLeast,
    isFlat: n < LEAST_BLOCKS ? null : atLeast <= TOLERANCE_MB_PER_MINUTE,
  };
};
