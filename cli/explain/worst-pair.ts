import type { DifferingExchange } from '../shadow-report/aggregate.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';

/** How much worse the candidate's answer was in a metric; 0 where it was no worse, or is not scored. */
const lossIn = (metric: string, { deltas }: DifferingExchange): number => {
  const delta = deltas[metric] ?? 0;
  return Math.max(0, metricOrRubric(metric).better === 'higher' ? -delta : delta);
};

/** The pair in which the candidate was worst by a metric, of those that a shadow report ranks; undefined where it was worse in none. */
export const worstPair = (exchanges: readonly DifferingExchange[], metric: string): DifferingExchange | undefined =>
  exchanges
    .filter((exchange) => lossIn(metric, exchange) > 0)
    .toSorted((a, b) => lossIn(metric, b) - lossIn(metric, a))[0];

/** Both answers to the same request, as far as they fit a line. */
export const pairLines = (
  pair: DifferingExchange,
  { candidate, stable }: { candidate: string; stable: string },
): string[] => {
  const width = Math.max(candidate.length, stable.length);
  return [
    `the worst pair (exchange ${pair.exchangeId})`,
    `  ${stable.padEnd(width)}  ${pair.live}`,
    `  ${candidate.padEnd(width)}  ${pair.shadow}`,
  ];
};
