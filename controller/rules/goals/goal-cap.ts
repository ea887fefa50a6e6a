import { type Bins, mergeBins } from '../../../schemas/sketch.ts';
import type { Sum } from '../formulas/bernstein.ts';
import { CAP_QUANTILE, cappedSum } from '../formulas/capped-mean.ts';
import { quantileIndex, total } from '../formulas/exceedance.ts';
import { GROWTH } from '../measure-bins.ts';
import type { ArmTotals } from './goal-comparison.ts';

/** Values above 0 that must have been seen before a cap is taken from them. */
const MIN_PAST = 50;

/**
 * The bucket at whose upper edge the values of all arms are cut, measures and events having no upper end: the 99.8 % quantile of
 * what they showed so far. Undefined while too few were seen.
 */
export const capOf = (arms: readonly ArmTotals[]): number | undefined => {
  const pooled = arms.reduce<Bins>((sum, { bins }) => mergeBins(sum, bins), []);
  return total(pooled) < MIN_PAST ? undefined : quantileIndex(pooled, CAP_QUANTILE);
};

/** Sums of the values cut there, as shares of the cap. */
export const cutAt = (cap: number, { bins }: { bins: Bins }): Sum => cappedSum(bins, cap, GROWTH);
