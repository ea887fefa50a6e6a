/** Sums of floating point are off by less than this of the largest loss, and no difference is so small. */
const ROUNDING = 1e-9;
/** All losses together, in whole steps. The time taken is this times the number of losses. */
const MAX_STEPS = 1 << 15;

const sizeOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + Math.abs(value), 0);

/** What both are whole multiples of (Euclid), as far as floating point can tell. */
const commonUnit = (a: number, b: number, tolerance: number): number => {
  let [larger, smaller] = [Math.max(a, b), Math.min(a, b)];
  while (smaller > tolerance) {
    const rest = Math.abs(larger - smaller * Math.round(larger / smaller));
    [larger, smaller] = [smaller, rest];
  }
  return larger;
};

/** Whole numbers in the proportions of the losses: exactly so where these are multiples of one unit, as of rates, else nearly. */
const stepsOf = (losses: readonly number[]): readonly number[] => {
  const tolerance = ROUNDING * losses.reduce((most, loss) => Math.max(most, Math.abs(loss)), 0);
  const unit = losses.reduce((unit, loss) => commonUnit(unit, Math.abs(loss), tolerance), 0);
  if (unit === 0) return [];
  const step = Math.max(unit, sizeOf(losses) / MAX_STEPS);
  return losses.map((loss) => Math.round(loss / step));
};

/** `leastP`: what `p` would be if all losses that are not 0 were losses. */
export type SignFlip = { p: number; leastP: number };

/**
 * Exact one-sided test of paired losses: P(Σ ±|loss| ≥ Σ loss) over all 2^n signs, alike likely, which they are where the two of a
 * pair might as well have been the other way round (Fisher 1935, The Design of Experiments, §21; Pitman 1937, J. R. Stat. Soc.
 * Suppl. 4, 119–130). Of losses of −1, 0 and 1 it is McNemar's test (1947, Psychometrika 12, 153–157) by the binomial's own tail.
 *
 * The sum of those that are positive has a distribution over whole numbers that is made by one convolution for each loss
 * (Pagano & Tritchler 1983, J. Am. Stat. Assoc. 78, 435–440), so that nothing is sampled or approximated however many there are. Losses
 * that are no multiples of one unit are rounded to whole steps first. That makes a slightly other statistic, whose test is
 * as exact: which sign a loss has does not change how it is rounded.
 *
 * @param losses finite, one for each independent pair; positive: the candidate is worse
 */
export const signFlipTest = (losses: readonly number[]): SignFlip => {
  const steps = stepsOf(losses).filter((step) => step !== 0);
  const total = sizeOf(steps);
  const lost = sizeOf(steps.filter((step) => step > 0));
  const chances = new Float64Array(total + 1);
  chances[0] = 1;
  let reach = 0;
  for (const size of steps.map(Math.abs)) {
    reach += size;
    for (let sum = reach; sum >= size; sum--) chances[sum] = (chances[sum]! + chances[sum - size]!) / 2;
    for (let sum = size - 1; sum >= 0; sum--) chances[sum]! /= 2;
  }
  let p = 0;
  for (let sum = total; sum >= lost; sum--) p += chances[sum]!;
  return { p: Math.min(1, p), leastP: 2 ** -steps.length };
};
