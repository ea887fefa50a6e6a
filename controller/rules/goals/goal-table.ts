import type { GoalSpec } from '../../../schemas/documents.ts';
import type { Metric } from '../../../schemas/metrics.ts';
import { BOUNDED_MEANS } from './bounded-means.ts';
import { CAPPED_MEANS } from './capped-means.ts';
import { EVENT_COUNTS } from './event-counts.ts';
import { EVENT_SUMS } from './event-sums.ts';
import type { GoalComparison } from './goal-comparison.ts';

/** Every way in which an experiment's goal is compared. */
export const GOAL_COMPARISONS: readonly GoalComparison[] = [BOUNDED_MEANS, CAPPED_MEANS, EVENT_COUNTS, EVENT_SUMS];

/** How a goal is compared. Throws for a metric that can't be one: documents that ask for it are refused. */
export const comparisonOf = (metric: Metric, by: GoalSpec['by']): GoalComparison => {
  const found = GOAL_COMPARISONS.find((comparison) => comparison.compares(metric, by));
  if (found === undefined) throw new Error(`${metric.rows} can't be the goal of an experiment`);
  return found;
};
