/** ln Σ exp(v), safe against overflow; −∞ for an empty list or when every value is −∞. */
export const logSumExp = (values: readonly number[]): number => {
  const max = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(max)) return max;
  return max + Math.log(values.reduce((sum, v) => sum + Math.exp(v - max), 0));
};

/** ln of the mean of exp(v): the log of an equally weighted mixture of e-values given as logs. */
export const logMeanExp = (values: readonly number[]): number => logSumExp(values) - Math.log(values.length);
