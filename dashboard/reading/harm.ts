import type { Evidence } from '../../schemas/decision.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { appliesOf, metricOrRubric } from '../../schemas/metrics.ts';

/**
 * What a candidate has cost its users so far in one metric: its bad answers beyond those that stable's rate would have given,
 * n_c · (p_c − p_s), in requests. Below 0 it spared them some. Null of what has no bad answers to count, and of shadows, which no
 * user saw.
 */
export const harmOf = (entry: Evidence): number | null => {
  const { metric, candidateValue, stableValue, candidateCount, pairsWorse } = entry;
  if (candidateValue === null || stableValue === null || pairsWorse !== null || appliesOf(metric) !== null) return null;
  const { family, better } = metricOrRubric(metric);
  if (family !== 'rate') return null;
  const more = candidateValue - stableValue;
  return candidateCount * (better === 'lower' ? more : -more);
};

/** The same of every rate, the worst first. */
export const harms = (metrics: readonly Evidence[]): { metric: string; requests: number; entry: Evidence }[] =>
  metrics
    .filter(({ slice }) => slice === ALL)
    .flatMap((entry) => {
      const requests = harmOf(entry);
      return requests === null ? [] : [{ metric: entry.metric, requests, entry }];
    })
    .sort((a, b) => b.requests - a.requests);
