import { binIndex, quantile } from '../../../schemas/sketch.ts';
import { MICRO } from '../../../schemas/window.ts';
import { type MetricName, STABLE_P99_SECONDS } from '../scenarios.ts';
import type { ArmMinute } from '../world.ts';

/**
 * The share of slow answers: beyond stable's p99 before the rollout. What can be added up, and what does not depend on how
 * many answers an arm has, as the p99 of a few does.
 */
export const slowOf = ({ bins }: ArmMinute): number =>
  bins.reduce((sum, { index, count }) => (index > P99_BIN ? sum + count : sum), 0);

const P99_BIN = binIndex(STABLE_P99_SECONDS);

/** One arm's value of a metric over an interval, as a monitoring system would show it; null without any. */
export const valueOf = (arm: ArmMinute, metric: MetricName): number | null => {
  switch (metric) {
    case 'error_rate':
      return arm.requests === 0 ? null : arm.errors / arm.requests;
    case 'task_success':
      return arm.answers === 0 ? null : 1 - arm.failures / arm.answers;
    case 'quality':
      return arm.quality.length === 0
        ? null
        : arm.quality.reduce((sum, micro) => sum + micro, 0) / arm.quality.length / MICRO;
    default:
      return quantile(arm.bins, 0.99) ?? null;
  }
};

/** How many values that one is made of. */
export const countOf = (arm: ArmMinute, metric: MetricName): number => {
  switch (metric) {
    case 'error_rate':
      return arm.requests;
    case 'quality':
      return arm.quality.length;
    default:
      return arm.answers;
  }
};
