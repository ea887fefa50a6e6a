import { signFlipTest } from './sign-flip.ts';

/** A question's two values; each the mean over its repeats. */
export type Pair = { cluster: string; candidate: number; baseline: number };

type Comparison = {
  /** Means over the questions. */
  candidate: number;
  baseline: number;
  /** How many observations there are, whatever the questions in each. */
  clusters: number;
  /** That the candidate is worse by no more than chance; see `signFlipTest`. */
  p: number;
  leastP: number;
};

/** By how much of such a metric the candidate's value is the worse one. */
export const lossOf = (better: 'lower' | 'higher', candidate: number, baseline: number): number =>
  better === 'lower' ? candidate - baseline : baseline - candidate;

/**
 * Two sides' values of the same questions. The questions of a cluster (a session) make one observation, the sum of their losses: what goes
 * wrong in a session goes wrong in all of it, and counted one by one would look like more evidence than it is (Miller 2024, arXiv
 * 2411.00640, on clustered standard errors). So the test is about the mean over the questions, which is what is shown.
 *
 * @param pairs at least one; values finite
 */
export const comparePairs = (pairs: readonly Pair[], better: 'lower' | 'higher'): Comparison => {
  const losses = new Map<string, number>();
  let [ofCandidate, ofBaseline] = [0, 0];
  for (const { cluster, candidate, baseline } of pairs) {
    ofCandidate += candidate;
    ofBaseline += baseline;
    losses.set(cluster, (losses.get(cluster) ?? 0) + lossOf(better, candidate, baseline));
  }
  return {
    candidate: ofCandidate / pairs.length,
    baseline: ofBaseline / pairs.length,
    clusters: losses.size,
    ...signFlipTest([...losses.values()]),
  };
};
