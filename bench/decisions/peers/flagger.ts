import { type Contest, onPlan } from '../contest.ts';
import { type MetricName, STABLE_P99_SECONDS } from '../scenarios.ts';
import type { ArmMinute, Minute } from '../world.ts';
import { valueOf } from './interval-values.ts';

/**
 * Flagger's analysis (fluxcd/flagger, pkg/controller/scheduler.go and scheduler_metrics.go): each interval the candidate's
 * metrics are held against fixed limits. The first one that fails, or has no value, adds one to FailedChecks; successes
 * take nothing away; and the interval that finds FailedChecks ≥ threshold rolls back. Stable is not looked at.
 */
type Limit = { min?: number; max?: number };
type Limits = Readonly<Record<MetricName, Limit>>;

/** Made for the simulated metrics: what stable keeps with room to spare, as an operator would choose them. */
const LIMITS: Limits = {
  error_rate: { max: 0.03 },
  task_success: { min: 0.9 },
  quality: { min: 0.76 },
  latency: { max: 1.5 * STABLE_P99_SECONDS },
};
const THRESHOLD = 5;

export const passes = (value: number | null, { min = -Infinity, max = Infinity }: Limit): boolean =>
  value !== null && value >= min && value <= max;

/** Counts failed checks; true from the interval on that finds the threshold reached. */
export const createChecks = (threshold: number): ((isGood: () => boolean) => boolean) => {
  let failedChecks = 0;
  return (isGood) => {
    if (failedChecks >= threshold) return true;
    if (!isGood()) failedChecks += 1;
    return false;
  };
};

const isGood = (candidate: ArmMinute, metrics: readonly MetricName[], limits: Limits): boolean =>
  metrics.every((metric) => passes(valueOf(candidate, metric), limits[metric]));

/** `own` limits stand in place of those made for the simulated metrics. */
export const flagger = <M extends Minute>(metrics: readonly MetricName[], own: Partial<Limits> = {}): Contest<M> => {
  const check = createChecks(THRESHOLD);
  const limits = { ...LIMITS, ...own };
  return onPlan(({ candidate }) => check(() => isGood(candidate, metrics, limits)));
};
