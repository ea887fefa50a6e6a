import { checkThresholds, type ThresholdRule } from '../../../controller/rules/thresholds.ts';
import { type Contest, onPlan } from '../contest.ts';
import type { MetricName } from '../scenarios.ts';
import type { ArmMinute, Minute } from '../world.ts';
import { countOf, valueOf } from './interval-values.ts';

/**
 * The usual checker, in the kinder of its variants: all four kinds of limits honoured (what circulates leaves two out), on
 * all that was seen since the rollout began (not the last window), each metric from its hundredth value of the candidate on.
 */
type Rules = Readonly<Record<MetricName, ThresholdRule>>;
const RULES: Rules = {
  error_rate: { maxAbsolute: 0.05, maxRelativeIncrease: 2 },
  task_success: { minAbsolute: 0.9, maxRelativeDecrease: 0.1 },
  quality: { maxRelativeDecrease: 0.05 },
  latency: { maxRelativeIncrease: 1.5 },
};
const MIN_VALUES = 100;

/** Both arms so far. Only sums are kept of scores; their number is in `scored`. */
type Total = { arm: ArmMinute; scoreSum: number; scored: number; bins: Map<number, number> };

const nothing = (): Total => ({
  arm: {
    requests: 0,
    errors: 0,
    errorBuckets: [],
    answers: 0,
    failures: 0,
    failureBuckets: [],
    quality: [],
    bins: [],
  },
  scoreSum: 0,
  scored: 0,
  bins: new Map(),
});

const addTo = (total: Total, more: ArmMinute): void => {
  total.arm.requests += more.requests;
  total.arm.errors += more.errors;
  total.arm.answers += more.answers;
  total.arm.failures += more.failures;
  total.scored += more.quality.length;
  for (const micro of more.quality) total.scoreSum += micro;
  for (const { index, count } of more.bins) total.bins.set(index, (total.bins.get(index) ?? 0) + count);
};

const shown = (
  { arm, scoreSum, scored, bins }: Total,
  metric: MetricName,
): { value: number | undefined; n: number } => {
  if (metric === 'quality') return { value: scored === 0 ? undefined : scoreSum / scored, n: scored };
  const own =
    metric === 'latency'
      ? { ...arm, bins: [...bins].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count })) }
      : arm;
  return { value: valueOf(own, metric) ?? undefined, n: countOf(arm, metric) };
};

/** `own` rules stand in place of those made for the simulated metrics. */
export const thresholds = <M extends Minute>(metrics: readonly MetricName[], own: Partial<Rules> = {}): Contest<M> => {
  const rules = { ...RULES, ...own };
  const [candidate, stable] = [nothing(), nothing()];
  return onPlan((minute) => {
    addTo(candidate, minute.candidate);
    addTo(stable, minute.stable);
    return metrics.some((metric) => {
      const shownCandidate = shown(candidate, metric);
      if (shownCandidate.n < MIN_VALUES) return false;
      const shownStable = shown(stable, metric);
      const verdict = checkThresholds({
        metric,
        candidate: shownCandidate.value,
        baseline: shownStable.value,
        candidateN: shownCandidate.n,
        baselineN: shownStable.n,
        rule: rules[metric],
      });
      return verdict.outcome === 'fail';
    });
  });
};
