/**
 * Scores one by one: the same null as bounded-score.ts (the candidate's mean score is at most δ0 below the baseline's), from single scores paired
 * within the window: for pairs with D = x_b − x_c − δ0 ≥ −1 − δ0
 *
 *   ΔL_λ = Σ ln(1 + λ·D),   0 ≤ λ < 1/(1 + δ0)
 *
 * E[1 + λD] ≤ 1 for every pair under the null, so the product is a test supermartingale (betting; Waudby-Smith & Ramdas 2024,
 * eq. 23 f.) for every λ known before the window; λ_d = d/(v_D + d²), v_D the variance of D, is nearly the best for a fall
 * by d. Items come in order of a hash, so that every position of a window has the same mean.
 *
 * Where one arm has more items, each item of the smaller is paired with the *mean* of its share of the larger: D keeps its
 * bounds and its expectation, and v_D falls from 2v to v(1 + n/N) with n of the smaller arm and N of the larger.
 */
export const MAX_LAMBDA = 0.9;

/** Σ ln(1 + λ·D) over all pairs. Throws RangeError if a factor is not positive. */
export const logBetting = (differences: readonly number[], lambda: number): number => {
  // Logs are dear: multiply factors within (0, 2] as long as they can't under- or overflow.
  let [sum, product] = [0, 1];
  for (const d of differences) {
    const factor = 1 + lambda * d;
    if (!(factor > 0)) throw new RangeError(`1 + λ·D must be positive, got λ=${lambda}, D=${d}`);
    product *= factor;
    if (product < 1e-100 || product > 1e100) [sum, product] = [sum + Math.log(product), 1];
  }
  return sum + Math.log(product);
};

/** x_b − x_c pair by pair; the larger arm in consecutive groups, one for each item of the smaller. */
export const pairDifferences = (candidate: readonly number[], baseline: readonly number[]): number[] => {
  const n = Math.min(candidate.length, baseline.length);
  const [c, b] = [groupMeans(candidate, n), groupMeans(baseline, n)];
  return b.map((x, i) => x - (c[i] ?? 0));
};

const groupMeans = (values: readonly number[], groups: number): readonly number[] => {
  if (values.length === groups) return values;
  return Array.from({ length: groups }, (_, i) => {
    const [from, to] = [Math.floor((i * values.length) / groups), Math.floor(((i + 1) * values.length) / groups)];
    let sum = 0;
    for (let j = from; j < to; j++) sum += values[j] ?? 0;
    return sum / (to - from);
  });
};

/**
 * The log increments of one window for each alternative: falls d of the mean beyond δ0. A negative δ0 with the arms
 * exchanged is evidence that the candidate is lower by less than −δ0 (promotion).
 * @param v variance of single scores in the windows before
 */
export const pairedIncrements = (
  candidate: readonly number[],
  baseline: readonly number[],
  v: number,
  effects: readonly number[],
  delta0: number,
): number[] => {
  const n = Math.min(candidate.length, baseline.length);
  if (n === 0) return effects.map(() => 0);
  const variance = v * (1 + n / Math.max(candidate.length, baseline.length));
  const differences = pairDifferences(candidate, baseline).map((d) => d - delta0);
  return effects.map((d) =>
    logBetting(differences, Math.min(d / (variance + d * d), MAX_LAMBDA / Math.max(1, 1 + delta0))),
  );
};

/**
 * What a value of the candidate adds to each bet against "lower by `deltaMax` or more", if both arms have the same mean and the
 * variance v: E[ln(1 + λD)] ≈ λδ − λ²(v_D + δ²)/2, with as many pairs as the smaller arm has values.
 */
export const pairedGrowths = (
  v: number,
  sizes: { candidate: number; stable: number },
  effects: readonly number[],
  deltaMax: number,
): { drift: number; variance: number }[] => {
  const n = Math.min(sizes.candidate, sizes.stable);
  const variance = v * (1 + n / Math.max(sizes.candidate, sizes.stable));
  return effects.map((d) => {
    const lambda = Math.min(d / (variance + d * d), MAX_LAMBDA);
    const pair = lambda * deltaMax - (lambda ** 2 * (variance + deltaMax ** 2)) / 2;
    return { drift: (pair * n) / sizes.candidate, variance: (lambda ** 2 * variance * n) / sizes.candidate };
  });
};
