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
