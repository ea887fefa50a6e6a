import { bernsteinIncrement, bestLambda, type Side, squaresAbout, type Sum } from './bernstein.ts';

/**
 * Scores by their sums: an e-process against H0 "the candidate's mean score is at most δ0 below the baseline's", from the aggregates
 * (n, S1 = Σx, S2 = Σx²) of both arms. Scores lie in [0, 1], higher is better.
 *
 * With m any value known before the window, the step of bernstein.ts (Fan, Grama & Liu 2015) with the baseline as the side
 * that has more and the candidate as the side that has less:
 *
 *   ΔL = λ[b(S1_b − n_b·m) − a(S1_c − n_c·m) − n·δ0] − ψ_{a(1−m)}(λ)·a²·V_c − ψ_{bm}(λ)·b²·V_b,   V = Σ(x − m)²
 *
 * The means m cancel only if both arms weigh the same, a·n_c = b·n_b = n; then E[e^ΔL] ≤ exp(λ·n·(μ_b − μ_c − δ0)) ≤ 1,
 * although the common level may drift between windows. So the *larger* arm is scaled down: n = min(n_c, n_b), a = n/n_c,
 * b = n/n_b. With n_c ≤ n_b this is the usual form (a = 1, b = n_c/n_b ≤ 1). With n_c > n_b a mere cap b = 1 would leave
 * (n_c − n_b)(m − μ) in the exponent, evidence against a candidate from drift alone; scaling the baseline up (b > 1) is
 * valid but multiplies the noise of the few.
 */
export type ScoreSum = Sum;
export type ScoreWindow = { candidate: ScoreSum; baseline: ScoreSum };

const DEFAULT_DELTA0 = 0.005;

/** The log evidence of one window at one λ, by the formula above; 0 if either arm has no scores. */
export const logIncrement = (window: ScoreWindow & { m: number; lambda: number; delta0?: number }): number => {
  const { candidate, baseline, m, lambda, delta0 = DEFAULT_DELTA0 } = window;
  if (candidate.n === 0 || baseline.n === 0) return 0;
  const { n, a, b } = scales(candidate.n, baseline.n);
  const less: Side = { sum: candidate, scale: a, centre: m };
  return bernsteinIncrement({ sum: baseline, scale: b, centre: m }, less, lambda, n * delta0);
};

/**
 * The log increments of one window for each alternative: falls d of the mean beyond δ0. With a negative δ0 and the arms
 * exchanged it is evidence that the candidate is lower by *less* than −δ0 (promotion).
 */
export const boundedIncrements = (
  { candidate, baseline }: ScoreWindow,
  { m, v }: { m: number; v: number },
  effects: readonly number[],
  delta0: number,
): number[] => {
  if (candidate.n === 0 || baseline.n === 0) return effects.map(() => 0);
  const { a, b } = scales(candidate.n, baseline.n);
  return effects.map((d) =>
    logIncrement({ candidate, baseline, m, lambda: bestLambda(d, a * (1 - m), a * v, b * m, b * v), delta0 }),
  );
};

/**
 * What the windows before tell: where scores lie now, and how they scatter. Plain data. Sums fade by a tenth a window, so that m
 * follows a drifting level; squares are about each window's own mean, so that v is not inflated by the drift.
 */
export type ScorePast = {
  readonly n: number;
  readonly s1: number;
  readonly squares: number;
  readonly degrees: number;
};

const FADE = 0.9;
/** Judges' scores have an sd near 1/4: one imagined score of 1/2 with this variance, so that the first window counts too. */
const IMAGINED_VARIANCE = 1 / 16;

export const NO_PAST: ScorePast = { n: 0, s1: 0, squares: 0, degrees: 0 };

export const addPast = (past: ScorePast, { candidate, baseline }: ScoreWindow): ScorePast => ({
  n: FADE * past.n + candidate.n + baseline.n,
  s1: FADE * past.s1 + candidate.s1 + baseline.s1,
  squares: past.squares + scatter(candidate) + scatter(baseline),
  degrees: past.degrees + Math.max(0, candidate.n - 1) + Math.max(0, baseline.n - 1),
});

const scatter = (sum: ScoreSum): number => (sum.n === 0 ? 0 : squaresAbout(sum, sum.s1 / sum.n));

/** The predictable mean and variance of a score (cf. the plug-ins of Waudby-Smith & Ramdas 2024). */
export const moments = ({ n, s1, squares, degrees }: ScorePast): { m: number; v: number } => ({
  m: (s1 + 1 / 2) / (n + 1),
  v: (squares + IMAGINED_VARIANCE) / (degrees + 1),
});

const scales = (candidateN: number, baselineN: number): { n: number; a: number; b: number } => {
  const n = Math.min(candidateN, baselineN);
  return { n, a: n / candidateN, b: n / baselineN };
};
