/** Fractions with a denominator up to this are counted as they are: means of some repeats, scores in so many parts. */
const MAX_DENOMINATOR = 60;
/** What lies so near to a whole number is that number, and was made another by sums of floating point. */
const ROUNDING = 1e-9;
/** All losses together, in whole steps. The time taken is this times the number of losses. */
const MAX_STEPS = 1 << 15;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const onLattice = (values: readonly number[], denominator: number): readonly number[] | null => {
  const steps = values.map((value) => Math.round(value * denominator));
  const isExact = values.every((value, i) => Math.abs(value * denominator - steps[i]!) < ROUNDING * denominator);
  return isExact && sumOf(steps.map(Math.abs)) <= MAX_STEPS ? steps : null;
};

/** Whole numbers in the proportions of the losses: the very same where these are fractions of few parts, else rounded. */
const stepsOf = (losses: readonly number[]): readonly number[] => {
  for (let denominator = 1; denominator <= MAX_DENOMINATOR; denominator++) {
    const steps = onLattice(losses, denominator);
    if (steps !== null) return steps;
  }
  const scale = MAX_STEPS / sumOf(losses.map(Math.abs));
  return losses.map((loss) => Math.round(loss * scale));
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
 * that are no fractions of few parts are rounded to whole steps first. That makes a slightly other statistic, whose test is as
 * exact: which sign a loss has does not change how it is rounded.
 *
 * @param losses finite, one for each independent pair; positive: the candidate is worse
 */
export const signFlipTest = (losses: readonly number[]): SignFlip => {
  const steps = stepsOf(losses).filter((step) => step !== 0);
  const total = sumOf(steps.map(Math.abs));
  const lost = sumOf(steps.filter((step) => step > 0));
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
