import { logSumExp } from './log-sum-exp.ts';

export type WeightedLogE = { weight: number; logE: number };
export type EValueAverage<C extends WeightedLogE> = {
  logE: number;
  /** The component with the largest weight·e: the one that decides. The first of equals. */
  decides: C;
};

/**
 * ln Σ weight_j·e_j / Σ weight_j of e-values given as logs. The average of e-values is an e-value however they depend on
 * each other (Vovk & Wang 2021, §3), and of e-processes an e-process if the weights never change: a metric without
 * data stays in the list with logE = 0 instead of leaving its weight to the others.
 * Weights need not add up to 1. logE may be −Infinity (e = 0).
 * Throws RangeError without components, for a negative or non-finite weight, if all are 0, and for a logE that is NaN.
 */
export const logWeightedMean = <C extends WeightedLogE>(components: readonly C[]): EValueAverage<C> => {
  for (const { weight, logE } of components) {
    if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`weights must be ≥ 0 and finite, got ${weight}`);
    if (Number.isNaN(logE)) throw new RangeError('a logE is not a number');
  }
  const counted = components.filter((c) => c.weight > 0);
  const [first] = counted;
  if (first === undefined) throw new RangeError('an average needs at least one component with a positive weight');
  const logContribution = (c: C): number => Math.log(c.weight) + c.logE;
  const decides = counted.reduce((best, c) => (logContribution(c) > logContribution(best) ? c : best), first);
  const totalWeight = counted.reduce((sum, c) => sum + c.weight, 0);
  return { logE: logSumExp(counted.map(logContribution)) - Math.log(totalWeight), decides };
};
