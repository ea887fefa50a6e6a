import type { MetricProse, MetricRow } from '../../schemas/metric.ts';
import type { Assessment } from '../answers/finding.ts';
import type { JudgedMetric } from '../questions/judged-metric.ts';

/** Everything that windows, rollouts and pages must know of a metric that the judge scores. It is said here and nowhere else. */
export type ScoredMetric<N extends string = string> = MetricProse & {
  name: N;
  better: MetricRow['better'];
  unit: MetricRow['unit'];
  /** Whether live windows are built from these scores, or from the exchanges themselves; then only shadows need the score. */
  source: 'scores' | 'exchanges';
} & ({ family: 'rate' } | { family: 'score'; pairMargin?: number } | { family: 'measure'; comparedBy: 'mean' | 'p99' });

/** A model is asked for it. One examination may settle several metrics. */
export type ModelScorer<N extends string = string> = ScoredMetric<N> & { by: 'model'; examination: JudgedMetric };

/** It compares the embeddings of a shadow's answer and the live one. */
export type EmbeddingScorer<N extends string = string> = ScoredMetric<N> & {
  by: 'embeddings';
  /** Raised whenever the value of anything could change. */
  version: string;
  compare: (shadow: readonly number[], live: readonly number[]) => Assessment;
};

export const modelScorer = <const N extends string>(
  definition: ScoredMetric<N> & { examination: JudgedMetric },
): ModelScorer<N> => ({ ...definition, by: 'model' });

export const embeddingScorer = <const N extends string>(
  definition: ScoredMetric<N> & Pick<EmbeddingScorer, 'version' | 'compare'>,
): EmbeddingScorer<N> => ({ ...definition, by: 'embeddings' });
