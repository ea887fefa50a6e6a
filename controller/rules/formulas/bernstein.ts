/**
 * The empirical-Bernstein step that scores by their sums, capped means and the interval share. Fan, Grama & Liu 2015: exp(λξ − ψ_c(λ)ξ²) ≤ 1 + λξ
 * for ξ ≥ −c, 0 ≤ λ < 1/c, ψ_c(λ) = (−ln(1−cλ) − cλ)/c²; used as a supermartingale by Howard, Ramdas, McAuliffe & Sekhon 2021.
 *
 * Two sides of values in [0, 1], "more" with scale a and "less" with scale b; centres m known before the window. With
 * ξ = a(x − m) ≥ −a·m for each value of `more` and ξ = b(m − x) ≥ −b(1 − m) for each of `less`,
 *
 *   ΔL = λ(a·S_more − b·S_less − shift) − ψ_{a·m}(λ)·a²·V_more − ψ_{b(1−m)}(λ)·b²·V_less,   V = Σ(x − m)²
 *
 * has E[e^ΔL] ≤ exp(λ(a·n_more·μ_more − b·n_less·μ_less − shift)): the centres cancel, since E[1 + λξ] ≤ exp(λE[ξ]). So it
 * is an e-value against every null under which the exponent on the right is ≤ 0.
 */
export type Sum = { n: number; s1: number; s2: number };
export type Side = { sum: Sum; scale: number; centre: number };

/** λ times the larger c is kept below this, so that one outlier can't wipe out a component when the past had no variance. */
export const MAX_C_LAMBDA = 0.9;

/** ψ_c(λ) = (−ln(1 − cλ) − cλ)/c² for 0 ≤ cλ < 1; λ²/2 at c = 0. By its series where the difference would cancel. */
export const psi = (c: number, lambda: number): number => {
  const y = c * lambda;
  if (!(c >= 0 && lambda >= 0 && y < 1)) throw new RangeError(`psi needs 0 ≤ c·λ < 1, got c=${c}, λ=${lambda}`);
  if (y < 1e-4) return lambda * lambda * (1 / 2 + y / 3 + (y * y) / 4);
  return (-Math.log1p(-y) - y) / (c * c);
};

/** ΔL of the formula above. */
export const bernsteinIncrement = (more: Side, less: Side, lambda: number, shift: number): number =>
  lambda * (more.scale * more.sum.s1 - less.scale * less.sum.s1 - shift) - bernsteinPenalty(more, less, lambda);

/** The ψ terms alone: what the variance costs. */
export const bernsteinPenalty = (more: Side, less: Side, lambda: number): number =>
  psi(more.scale * more.centre, lambda) * more.scale ** 2 * squaresAbout(more.sum, more.centre) +
  psi(less.scale * (1 - less.centre), lambda) * less.scale ** 2 * squaresAbout(less.sum, less.centre);

/**
 * The λ with the fastest growth when each of n items has a surplus of d and the two sides variances v: growth per item is
 * λd − v1·ψ_{c1}(λ) − v2·ψ_{c2}(λ); with ψ_c'(λ) = λ/(1 − cλ) its maximum is the smaller root of a quadratic, which lies below
 * 1/c. (For small cλ it is d/(v1 + v2).) It depends on the past and on how many values there are, not on what they are.
 */
export const bestLambda = (d: number, c1: number, v1: number, c2: number, v2: number): number => {
  const square = d * c1 * c2 + v1 * c2 + v2 * c1;
  const linear = d * (c1 + c2) + v1 + v2;
  const root = (2 * d) / (linear + Math.sqrt(Math.max(0, linear * linear - 4 * square * d)));
  return Math.min(root, MAX_C_LAMBDA / Math.max(c1, c2));
};

export const squaresAbout = ({ n, s1, s2 }: Sum, m: number): number => Math.max(0, s2 - 2 * m * s1 + n * m * m);

export const addSums = (x: Sum, y: Sum): Sum => ({ n: x.n + y.n, s1: x.s1 + y.s1, s2: x.s2 + y.s2 });

/** Values in [0, 1] have s2 ≤ s1 ≤ n and s1² ≤ n·s2; a millionth per item is granted to rounding. */
export const checkSum = (arm: string, { n, s1, s2 }: Sum): void => {
  const slack = 1e-5 * (n + 1);
  const possible = n >= 0 && n < Infinity && s2 >= -slack && s2 <= s1 + slack && s1 <= n + slack;
  if (!possible || s1 * s1 > n * (s2 + slack) + slack)
    throw new RangeError(`${arm} sums are not those of scores in [0, 1]: n=${n}, s1=${s1}, s2=${s2}`);
};
