/** A test's p-value and its share of α, in proportion to the others'. */
export type Weighted = { p: number; weight: number };

/**
 * Adjusted p-values in the order given: rejecting those ≤ α rejects any true hypothesis with a chance of at most α, however the tests
 * depend on each other (Holm 1979, Scand. J. Stat. 6, 65–70, with weights as Benjamini & Hochberg 1997, Scand. J. Stat. 24, 407–418,
 * tell them). By ascending p/weight, each is p/weight times the weights that are left, and no smaller than those before it.
 */
export const holmAdjusted = (tests: readonly Weighted[]): number[] => {
  const order = tests.map(({ p, weight }, i) => ({ i, ratio: p / weight })).sort((a, b) => a.ratio - b.ratio);
  const adjusted = tests.map(() => 1);
  let left = tests.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  for (const { i, ratio } of order) {
    before = Math.max(before, Math.min(1, left * ratio));
    adjusted[i] = before;
    left -= tests[i]!.weight;
  }
  return adjusted;
};
