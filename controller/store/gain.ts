import { metricOrRubric } from '../../schemas/metrics.ts';

/** By how much a shadow did better than the live answer; null of what was not compared, and of what is no value from 0 to 1. */
export const gainOf = (metric: string, delta: number | null): number | null => {
  const { unit, better } = metricOrRubric(metric);
  if (delta === null || unit !== 'ratio') return null;
  return better === 'lower' ? -delta : delta;
};
