import quantile from '@stdlib/stats-base-dists-normal-quantile';

/**
 * Mann–Whitney's test with the interval and the estimate of the shift by inverting its normal approximation, corrected for
 * continuity and ties: R's wilcox.test, which Kayenta follows (spinnaker/kayenta, kayenta-mannwhitney/MannWhitney.scala).
 */
const CONFIDENCE = 0.98;
export const CRITICAL_Z = quantile((1 + CONFIDENCE) / 2, 0, 1);

/** z of U from the pairs won (draws count a half) and Σ(t³ − t) over ties; 0 where everything is tied. */
export const zOf = (nx: number, ny: number, won: number, ties: number): number => {
  const n = nx + ny;
  const excess = won - (nx * ny) / 2;
  const variance = ((nx * ny) / 12) * (n + 1 - ties / (n * (n - 1)));
  return variance <= 0 ? 0 : (excess - Math.sign(excess) * 0.5) / Math.sqrt(variance);
};

/** z of x − shift against y; both sorted. */
const zAt = (x: readonly number[], y: readonly number[], shift: number): number => {
  let [won, ties, i, j] = [0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const value = Math.min((x[i] ?? Infinity) - shift, y[j] ?? Infinity);
    const [fromX, fromY] = [i, j];
    while (i < x.length && x[i]! - shift <= value) i += 1;
    while (j < y.length && y[j]! <= value) j += 1;
    const tied = i - fromX + j - fromY;
    won += (i - fromX) * (fromY + (j - fromY) / 2);
    ties += tied ** 3 - tied;
  }
  return zOf(x.length, y.length, won, ties);
};

export type Shift = { low: number; high: number; estimate: number };

/** By how much x lies above y: the 98 % interval and Hodges–Lehmann's estimate. Both sorted and not empty. */
export const shiftOf = (x: readonly number[], y: readonly number[]): Shift => ({
  low: crossing(x, y, (z) => z > CRITICAL_Z),
  high: crossing(x, y, (z) => z > -CRITICAL_Z),
  estimate: estimateOf(x, y),
});

const estimateOf = (x: readonly number[], y: readonly number[]): number =>
  (crossing(x, y, (z) => z > 0) + crossing(x, y, (z) => z >= 0)) / 2;

/** The shift up to which z is above a level; z falls as the shift grows. */
const crossing = (x: readonly number[], y: readonly number[], isAbove: (z: number) => boolean): number => {
  const [least, most] = [x[0]! - y.at(-1)!, x.at(-1)! - y[0]!];
  let [low, high] = [least, most];
  if (!isAbove(zAt(x, y, low))) return low;
  if (isAbove(zAt(x, y, high))) return high;
  while (high - low > TOLERANCE * (most - least)) {
    const middle = (low + high) / 2;
    if (isAbove(zAt(x, y, middle))) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** Of the range of all differences. */
const TOLERANCE = 1e-5;

/**
 * Whether x is surely above y, by more than the fraction of the estimated shift: low > fraction·|estimate|. z falls as the
 * shift grows, so that one look at z there tells it without the limits.
 */
export const isAbove = (x: readonly number[], y: readonly number[], fraction: number): boolean => {
  const hair = TOLERANCE * (x.at(-1)! - y[0]!);
  if (!(hair > 0) || zAt(x, y, hair) <= CRITICAL_Z) return false;
  return zAt(x, y, Math.max(hair, fraction * Math.abs(estimateOf(x, y)))) > CRITICAL_Z;
};
