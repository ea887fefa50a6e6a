import { logMeanExp } from './log-sum-exp.ts';

/**
 * Rule 4: an e-process against H0 "the candidate's mean score is at most δ0 below the baseline's", from the aggregates
 * (n, S1 = Σx, S2 = Σx²) of both arms. Scores lie in [0, 1], higher is better.
 *
 * Fan, Grama & Liu 2015: exp(λξ − ψ_c(λ)ξ²) ≤ 1 + λξ for ξ ≥ −c, 0 ≤ λ < 1/c, ψ_c(λ) = (−ln(1−cλ) − cλ)/c²;
 * used as an empirical-Bernstein supermartingale by Howard, Ramdas, McAuliffe & Sekhon 2021. With m any value known
 * before the window, ξ = a(m − x) for each candidate item (≥ −a(1−m)) and ξ = b(x − m) for each baseline item (≥ −bm):
 *
 *   ΔL = λ[b(S1_b − n_b·m) − a(S1_c − n_c·m) − n·δ0] − ψ_{a(1−m)}(λ)·a²·V_c − ψ_{bm}(λ)·b²·V_b,   V = Σ(x − m)²
 *
 * The means m cancel only if both arms weigh the same, a·n_c = b·n_b = n; then E[e^ΔL] ≤ exp(λ·n·(μ_b − μ_c − δ0)) ≤ 1,
 * although the common level may drift between windows. So the *larger* arm is scaled down: n = min(n_c, n_b), a = n/n_c,
 * b = n/n_b. With n_c ≤ n_b this is the usual form (a = 1, b = n_c/n_b ≤ 1). With n_c > n_b a mere cap b = 1 would leave
 * (n_c − n_b)(m − μ) in the exponent, evidence against a candidate from drift alone; scaling the baseline up (b > 1) is
 * valid but multiplies the noise of the few.
 */
export type ScoreSum = { n: number; s1: number; s2: number };
export type ScoreWindow = { candidate: ScoreSum; baseline: ScoreSum };

/** Log e-value of each grid entry, and the sums of both arms' past scores (which give m and v). Plain data. */
export type ScoreState = { readonly logEs: readonly number[]; readonly past: ScoreSum };

/** Falls of the mean, beyond δ0, that the mixture's components are tuned to (as rule 3). */
const EFFECT_GRID: readonly number[] = [0.01, 0.02, 0.04, 0.08];
const DEFAULT_DELTA0 = 0.005;
const MAX_C_LAMBDA = 0.9;

export const initialState = (): ScoreState => ({ logEs: EFFECT_GRID.map(() => 0), past: { n: 0, s1: 0, s2: 0 } });

/** ψ_c(λ) = (−ln(1 − cλ) − cλ)/c² for 0 ≤ cλ < 1; λ²/2 at c = 0. By its series where the difference would cancel. */
export const psi = (c: number, lambda: number): number => {
  const y = c * lambda;
  if (!(c >= 0 && lambda >= 0 && y < 1)) throw new RangeError(`psi needs 0 ≤ c·λ < 1, got c=${c}, λ=${lambda}`);
  if (y < 1e-4) return lambda * lambda * (1 / 2 + y / 3 + (y * y) / 4);
  return (-Math.log1p(-y) - y) / (c * c);
};

/** The log evidence of one window at one λ, by the formula above; 0 if either arm has no scores. */
export const logIncrement = (window: ScoreWindow & { m: number; lambda: number; delta0?: number }): number => {
  const { candidate, baseline, m, lambda, delta0 = DEFAULT_DELTA0 } = window;
  if (candidate.n === 0 || baseline.n === 0) return 0;
  const { n, a, b } = scales(candidate.n, baseline.n);
  const drift = b * (baseline.s1 - baseline.n * m) - a * (candidate.s1 - candidate.n * m) - n * delta0;
  return (
    lambda * drift -
    psi(a * (1 - m), lambda) * a * a * squaresAbout(candidate, m) -
    psi(b * m, lambda) * b * b * squaresAbout(baseline, m)
  );
};

/**
 * The state after one more window. m and v are the past mean and variance of both arms together, begun with one imagined
 * score of 1/2 and variance 1/4 (the predictable plug-in of Waudby-Smith & Ramdas 2024). A window with only one arm adds no
 * evidence but teaches m and v.
 * Throws RangeError for sums that scores in [0, 1] can't have.
 */
export const step = (state: ScoreState, window: ScoreWindow, options: { delta0?: number } = {}): ScoreState => {
  const { delta0 = DEFAULT_DELTA0 } = options;
  const { candidate, baseline } = window;
  checkSum('candidate', candidate);
  checkSum('baseline', baseline);
  const past = {
    n: state.past.n + candidate.n + baseline.n,
    s1: state.past.s1 + candidate.s1 + baseline.s1,
    s2: state.past.s2 + candidate.s2 + baseline.s2,
  };
  if (candidate.n === 0 || baseline.n === 0) return { logEs: state.logEs, past };
  const { m, v } = moments(state.past);
  const { a, b } = scales(candidate.n, baseline.n);
  const logEs = EFFECT_GRID.map((d, i) => {
    const lambda = bestLambda({ d, m, v, a, b });
    return (state.logEs[i] ?? 0) + logIncrement({ candidate, baseline, m, lambda, delta0 });
  });
  return { logEs, past };
};

/**
 * The λ with the fastest growth when the candidate's scores fall by d (beyond δ0) and items have variance v. Per item of
 * the smaller arm the growth is λd − v[a·ψ_{c1}(λ) + b·ψ_{c2}(λ)], c1 = a(1−m), c2 = bm; with ψ_c'(λ) = λ/(1 − cλ) its maximum is the
 * smaller root of a quadratic, which lies below 1/c. (For small cλ it is d/((a+b)v), rule 3's λ.) It depends on the past
 * and on how many scores there are, not on their values, so it is predictable. Cut at cλ ≤ 0.9, so that one outlier can't
 * wipe out a component when the past had no variance.
 */
const bestLambda = ({ d, m, v, a, b }: { d: number; m: number; v: number; a: number; b: number }): number => {
  const c1 = a * (1 - m);
  const c2 = b * m;
  const square = d * c1 * c2 + v * (a * c2 + b * c1);
  const linear = d * (c1 + c2) + v * (a + b);
  const root = (2 * d) / (linear + Math.sqrt(Math.max(0, linear * linear - 4 * square * d)));
  return Math.min(root, MAX_C_LAMBDA / Math.max(c1, c2));
};

/** ln of the mixture over the effect grid; at ln(1/α) or above H0 is rejected at level α. */
export const logE = (state: ScoreState): number => logMeanExp(state.logEs);

const scales = (candidateN: number, baselineN: number): { n: number; a: number; b: number } => {
  const n = Math.min(candidateN, baselineN);
  return { n, a: n / candidateN, b: n / baselineN };
};

const squaresAbout = ({ n, s1, s2 }: ScoreSum, m: number): number => Math.max(0, s2 - 2 * m * s1 + n * m * m);

const moments = (past: ScoreSum): { m: number; v: number } => {
  const m = (past.s1 + 1 / 2) / (past.n + 1);
  return { m, v: (squaresAbout(past, m) + 1 / 4) / (past.n + 1) };
};

/** Scores in [0, 1] have s2 ≤ s1 ≤ n and s1² ≤ n·s2; a millionth per item is granted to rounding. */
const checkSum = (arm: string, { n, s1, s2 }: ScoreSum): void => {
  const slack = 1e-5 * (n + 1);
  const possible = n >= 0 && n < Infinity && s2 >= -slack && s2 <= s1 + slack && s1 <= n + slack;
  if (!possible || s1 * s1 > n * (s2 + slack) + slack)
    throw new RangeError(`${arm} sums are not those of scores in [0, 1]: n=${n}, s1=${s1}, s2=${s2}`);
};
