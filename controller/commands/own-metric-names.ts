import type { RolloutDocument } from '../../schemas/documents.ts';
import type { LimitSpec } from '../../schemas/limit-spec.ts';
import type { OwnMetric } from '../../schemas/own-metric.ts';
import { ownKey } from '../../schemas/own-metric-key.ts';

/**
 * The document with the metrics that its agent declares under the names that windows have for them. Slices of an own metric are left
 * out: a client posts a value by exchange id alone, so there are none.
 */
export const withOwnMetrics = (document: RolloutDocument, declared: readonly OwnMetric[]): RolloutDocument => {
  const keys = new Map(declared.map((metric) => [metric.name, ownKey(metric)]));
  const named = <S extends { name: string; slices: boolean }>(spec: S): S => {
    const name = keys.get(spec.name);
    return name === undefined ? spec : { ...spec, name, slices: false };
  };
  const ofMetric = <S extends { metric: string }>(spec: S): S => ({
    ...spec,
    metric: keys.get(spec.metric) ?? spec.metric,
  });
  const ofLimit = (limit: LimitSpec): LimitSpec =>
    limit.metric === undefined ? limit : ofMetric({ ...limit, metric: limit.metric });
  const { spec } = document;
  switch (spec.strategy) {
    case 'ab': {
      const goal = spec.goal === undefined ? {} : { goal: ofMetric(spec.goal) };
      return { ...document, spec: { ...spec, ...goal, guardrails: spec.guardrails.map(named) } };
    }
    case 'bluegreen':
      return { ...document, spec: { ...spec, thresholds: spec.thresholds.map(ofMetric) } };
    default: {
      const metrics = spec.metrics === undefined ? {} : { metrics: spec.metrics.map(named) };
      const limits = spec.limits === undefined ? {} : { limits: spec.limits.map(ofLimit) };
      return { ...document, spec: { ...spec, ...metrics, ...limits, thresholds: spec.thresholds.map(ofMetric) } };
    }
  }
};
