/** About 100 bytes each. */
const MAX_BUCKETS = 100_000;

export type LocalBuckets = {
  /** Microseconds of each, 0 of one that isn't known. */
  backlogs(names: readonly string[], nowUs: number): number[];
  keep(names: readonly string[], backlogsUs: readonly number[], nowUs: number): void;
};

/** Buckets in this process' memory. Of too many, those that were charged longest ago are forgotten. */
export const createLocalBuckets = (maxBuckets = MAX_BUCKETS): LocalBuckets => {
  /** Theoretical arrival times, the longest uncharged first. */
  const arrivals = new Map<string, number>();
  return {
    backlogs: (names, nowUs) => names.map((name) => Math.max(0, (arrivals.get(name) ?? 0) - nowUs)),
    keep: (names, backlogsUs, nowUs) => {
      for (const [i, name] of names.entries()) {
        arrivals.delete(name);
        arrivals.set(name, nowUs + backlogsUs[i]!);
      }
      while (arrivals.size > maxBuckets) arrivals.delete(arrivals.keys().next().value!);
    },
  };
};
