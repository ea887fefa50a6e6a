import betainc from '@stdlib/math-base-special-betainc';

const MIN_RELATIVE = 0.2;
const MIN_ABSOLUTE = 0.0003;

/**
 * Diffy's rule (Twitter, 2015; its defaults of 20 % and 0.03 %): a field regresses iff raw > noise,
 * |raw − noise| / (raw + noise) > 20 % and |raw − noise| / total > 0.03 %.
 * @param raw of `total` pairs, those in which the candidate's answer differs from the live one in this field
 * @param noise the same of stable's answer, replayed, scaled to as many pairs
 */
export const regresses = (raw: number, noise: number, total: number): boolean =>
  raw > noise && (raw - noise) / (raw + noise) > MIN_RELATIVE && (raw - noise) / total > MIN_ABSOLUTE;

/** Counts of pairs that differ, of all of their kind. */
type Counts = { differing: number; pairs: number };

/**
 * How often chance alone would give the shadows at least this many of the differences, were both rates the same: the exact
 * conditional test of two Poisson rates (Przyborowski–Wilenski 1940), a binomial tail as an incomplete beta. Diffy's rule
 * knows no chance: of few noise pairs it calls 2 against 0 a regression. The two kinds share their live answers, so this
 * is a guide and no proof.
 */
export const chanceOf = (shadow: Counts, noise: Counts): number => {
  if (shadow.differing === 0 || noise.pairs === 0) return 1;
  return betainc(shadow.pairs / (shadow.pairs + noise.pairs), shadow.differing, noise.differing + 1);
};
