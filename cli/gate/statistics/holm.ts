/**
 * Adjusted p-values in the order given: rejecting those ≤ α rejects any true hypothesis with a chance of at most α, however the tests
 * depend on each other (Holm 1979, Scand. J. Stat. 6, 65–70). The i-th smallest of m, from 0, is times m − i, and no smaller than
 * those before it.
 */
export const holmAdjusted = (ps: readonly number[]): number[] => {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = ps.map(() => 1);
  let before = 0;
  for (const [rank, i] of order.entries()) {
    before = Math.max(before, Math.min(1, (ps.length - rank) * ps[i]!));
    adjusted[i] = before;
  }
  return adjusted;
};
