import type { JudgedMetric } from '../questions/judged-metric.ts';
import { SCORERS } from './registry.ts';

/**
 * What a model is asked for the built-in metrics, by the name to turn it on with: the first of the metrics that it settles. So
 * `faithfulness` brings `hallucination`.
 */
export const EXAMINATIONS: Readonly<Record<string, JudgedMetric>> = Object.fromEntries(
  SCORERS.flatMap((scorer) =>
    scorer.by === 'model' && scorer.examination.metrics[0] === scorer.name ? [scorer] : [],
  ).map(({ name, examination }) => [name, examination]),
);
