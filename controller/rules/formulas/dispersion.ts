/**
 * Dispersion: φ = max(1, variance / mean) over bad events in buckets of *subjects* (20 hash buckets), the dispersion index of
 * Fisher (1925) and the φ of quasi-likelihood (Wedderburn 1974; McCullagh & Nelder 1989, §4.5). Where the same few users fail
 * again and again, or errors come in bursts of retries, events are not independent and the rate ratio overstates its evidence by
 * about this factor. The variance is the sample variance (divisor n − 1), so that for independent events the ratio is 1
 * on average at any mean.
 *
 * `dispersion(baseline)` is the index as first written. `dispersion(baseline, candidate)` pools Pearson's χ² of both arms, each
 * about its own mean, so that a worse candidate is not taken for dispersion; at a 5 % weight most false alarms start with a
 * burst in the small candidate arm, which the baseline's buckets can't show.
 *
 * Counts are cumulative over the rollout and include the present window: a lag would let the first burst through. shiryaev-roberts.ts
 * divides so that for independent events the bound holds for any φ ≥ 1, however it was found.
 *
 * Small counts: below two events in all nothing can repeat, the ratio carries no information, and φ is 1. From two events
 * on the ratio is used as it is. It is noisy there (two events that happen to share a bucket, 1 in 20, give φ = 2), but
 * the error is to the safe side and soon gone, and waiting for a comfortable mean (≥ 1 a bucket) would leave the start of a
 * rollout open to just the bursts that it is for: eight retries of one user among no other errors are φ = 8.
 *
 * @param arms bad events per bucket, ≥ 0, one list per arm; an empty list (a metric without buckets) is left out
 * @returns φ ≥ 1; 1 without buckets
 * @throws RangeError for a negative or non-finite count, or an arm of a single bucket
 */
export const dispersion = (...arms: readonly (readonly number[])[]): number => {
  let events = 0;
  let chiSquare = 0;
  let degrees = 0;
  for (const buckets of arms) {
    const total = totalOf(buckets);
    if (total === 0) continue;
    const mean = total / buckets.length;
    events += total;
    chiSquare += buckets.reduce((sum, count) => sum + (count - mean) ** 2, 0) / mean;
    degrees += buckets.length - 1;
  }
  return events < 2 ? 1 : Math.max(1, chiSquare / degrees);
};

/**
 * What evidence is divided by: φ beyond chance, and then some.
 *
 *   1 + 1.3·(dispersion − 1 − √(2/ν))⁺,   ν the degrees of freedom of the χ², √(2/ν) its standard error in independent events
 *
 * Independent events have a φ of 1, and what is measured above it by chance alone would slow every rollout down by a tenth; so one
 * standard error is granted. What is left counts 1.3 times, because clumps have heavier tails than their variance tells (retries
 * that end with a fixed chance are geometric). Both numbers were chosen by simulation (docs/decision-quality.md).
 */
export const divisor = (...arms: readonly (readonly number[])[]): number => {
  const degrees = arms.reduce((sum, buckets) => (totalOf(buckets) > 0 ? sum + buckets.length - 1 : sum), 0);
  return degrees === 0 ? 1 : divisorOf(dispersion(...arms), degrees);
};

const divisorOf = (ratio: number, degrees: number): number => 1 + 1.3 * Math.max(0, ratio - 1 - Math.sqrt(2 / degrees));

const totalOf = (buckets: readonly number[]): number => {
  if (buckets.length === 1) throw new RangeError('dispersion needs at least two buckets');
  for (const count of buckets)
    if (!(count >= 0 && count < Infinity)) throw new RangeError(`bucket counts must be ≥ 0 and finite, got ${count}`);
  return buckets.reduce((sum, count) => sum + count, 0);
};

/** Events and what was none, by subject bucket; empty before there is any. */
export type SharesByBucket = { readonly events: readonly number[]; readonly others: readonly number[] };

/**
 * The same divisor for shares that need not be small: χ² of the shares about each arm's own, Σ (x_b − p·n_b)² / (n_b·p(1 − p)), over buckets that
 * have any. It is 1 per degree for answers that are alike whoever asks, however many each subject sends, and grows where a few subjects
 * have their own share (the overdispersion of grouped binary data, McCullagh & Nelder 1989, §4.5).
 */
export const shareDivisor = (...arms: readonly SharesByBucket[]): number => {
  let [chiSquare, degrees] = [0, 0];
  for (const { events, others } of arms) {
    const sizes = Array.from(
      { length: Math.max(events.length, others.length) },
      (_, b) => (events[b] ?? 0) + (others[b] ?? 0),
    );
    const n = totalOf(sizes);
    const p = n === 0 ? 0 : totalOf(events) / n;
    if (p === 0 || p === 1) continue;
    const filled = sizes.flatMap((size, b) => (size > 0 ? [{ size, x: events[b] ?? 0 }] : []));
    chiSquare += filled.reduce((sum, { size, x }) => sum + (x - p * size) ** 2 / (size * p * (1 - p)), 0);
    degrees += filled.length - 1;
  }
  return degrees === 0 ? 1 : divisorOf(chiSquare / degrees, degrees);
};
