/**
 * The chance that a random walk with the drift D and the variance V by some time was ever at `distance` above where it began: the first
 * passage of Brownian motion, whose time is inverse Gaussian (Schrödinger 1915; Folks & Chhikara 1978),
 *
 *   P = Φ((D − b)/√V) + exp(2bD/V)·Φ(−(D + b)/√V).
 *
 * Evidence is such a walk: a sum over requests of increments that are alike. Where drift and variance change on the way in the same
 * proportion it is exact, else a good guess. 1 where nothing is missing.
 */
export const passageChance = (distance: number, drift: number, variance: number): number => {
  if (distance <= 0) return 1;
  if (!(variance > 0)) return drift >= distance ? 1 : 0;
  const sd = Math.sqrt(variance);
  const back = (2 * distance * drift) / variance + logNormalCdf(-(drift + distance) / sd);
  return Math.min(1, Math.exp(logNormalCdf((drift - distance) / sd)) + Math.exp(back));
};

/** ln Φ(z): by Abramowitz & Stegun 7.1.26 (to 1.5e-7), far out on the left by the first terms of its asymptotic series. */
const logNormalCdf = (z: number): number => {
  if (z < -5) return (-z * z) / 2 - Math.log(-z * Math.sqrt(2 * Math.PI)) + Math.log1p(-1 / (z * z));
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-x * x)) / 2;
  return Math.log(z < 0 ? tail : 1 - tail);
};
