import { didYouMean } from '../../schemas/did-you-mean.ts';
import { REGISTERED_METRICS, registeredMetric } from '../../schemas/metrics.ts';
import type { OwnMetric } from '../../schemas/own-metric.ts';
import { ownKey, readOwnKey } from '../../schemas/own-metric-key.ts';
import { isCanary, limitsOf, type RolloutSpec, thresholdsOf } from '../rollout/strategy.ts';
import type { Issue } from '../../schemas/problem.ts';

/** Every metric that a rollout names, by the path of the field. */
const namesIn = (spec: RolloutSpec): { path: string; name: string }[] => {
  const listed = (path: string, specs: readonly { name: string }[]) =>
    specs.map(({ name }, i) => ({ path: `spec.${path}.${i}.name`, name }));
  return [
    ...(isCanary(spec) ? listed('metrics', spec.metrics ?? []) : []),
    ...(spec.strategy === 'ab' ? listed('guardrails', spec.guardrails) : []),
    ...(spec.strategy === 'ab' && spec.goal ? [{ path: 'spec.goal.metric', name: spec.goal.metric }] : []),
    ...limitsOf(spec).flatMap(({ metric }, i) =>
      metric === undefined ? [] : [{ path: `spec.limits.${i}.metric`, name: metric }],
    ),
    ...thresholdsOf(spec).map(({ metric }, i) => ({ path: `spec.thresholds.${i}.metric`, name: metric })),
  ];
};

/**
 * What is wrong with the metrics that a rollout names: one that is neither registered, nor announced by a judge (`announced`), nor
 * declared by the agent's document (`declared`) would never have a value, and hold the rollout until its deadline.
 */
export const metricNameIssues = (
  spec: RolloutSpec,
  announced: readonly string[],
  declared: readonly OwnMetric[] = [],
): Issue[] => {
  const known = [...REGISTERED_METRICS, ...announced, ...declared.map(({ name }) => name)];
  const keys = new Set(declared.map(ownKey));
  const isKnown = (name: string): boolean =>
    readOwnKey(name) === null ? registeredMetric(name) !== undefined || announced.includes(name) : keys.has(name);
  const rubrics =
    announced.length === 0 ? 'no judge has announced a rubric' : `judges have announced ${announced.join(', ')}`;
  const own =
    declared.length === 0 ? '' : `; its agent’s document declares ${declared.map(({ name }) => name).join(', ')}`;
  return namesIn(spec).flatMap(({ path, name }) =>
    isKnown(name)
      ? []
      : [
          {
            path,
            reason: `there is no metric ${name}${didYouMean(name, known)} A rubric's metric is there once a judge runs with the rubric: ${rubrics}${own}`,
          },
        ],
  );
};
