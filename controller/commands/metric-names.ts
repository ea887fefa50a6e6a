import { REGISTERED_METRICS, registeredMetric } from '../../schemas/metrics.ts';
import { isCanary, type RolloutSpec, thresholdsOf } from '../rollout/strategy.ts';
import type { Issue } from '../../schemas/controller-api.ts';
import { didYouMean } from './did-you-mean.ts';

/** Every metric that a rollout names, by the path of the field. */
const namesIn = (spec: RolloutSpec): { path: string; name: string }[] => {
  const listed = (path: string, specs: readonly { name: string }[]) =>
    specs.map(({ name }, i) => ({ path: `spec.${path}.${i}.name`, name }));
  return [
    ...(isCanary(spec) ? listed('metrics', spec.metrics ?? []) : []),
    ...(spec.strategy === 'ab' ? listed('guardrails', spec.guardrails) : []),
    ...(spec.strategy === 'ab' && spec.goal ? [{ path: 'spec.goal.metric', name: spec.goal.metric }] : []),
    ...thresholdsOf(spec).map(({ metric }, i) => ({ path: `spec.thresholds.${i}.metric`, name: metric })),
  ];
};

/**
 * What is wrong with the metrics that a rollout names: one that is neither registered nor announced by a judge (`announced`)
 * would never have a value, and hold the rollout until its deadline.
 */
export const metricNameIssues = (spec: RolloutSpec, announced: readonly string[]): Issue[] => {
  const known = [...REGISTERED_METRICS, ...announced];
  const rubrics =
    announced.length === 0 ? 'no judge has announced a rubric' : `judges have announced ${announced.join(', ')}`;
  return namesIn(spec).flatMap(({ path, name }) =>
    registeredMetric(name) !== undefined || announced.includes(name)
      ? []
      : [
          {
            path,
            reason: `there is no metric ${name}${didYouMean(name, known)} A rubric's metric is there once a judge runs with the rubric: ${rubrics}`,
          },
        ],
  );
};
