import type { Issue } from '../../schemas/problem.ts';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { undeclared } from '../../schemas/undeclared.ts';
import type { RolloutSpec } from '../rollout/strategy.ts';

/** The name of the event that an experiment is about; null of every other rollout. */
export const goalEventOf = (spec: RolloutSpec): string | null =>
  spec.strategy === 'ab' && spec.goal?.metric.startsWith(EVENT_PREFIX)
    ? spec.goal.metric.slice(EVENT_PREFIX.length)
    : null;

/** The front door takes only events that the agent's document declares: any other goal would never have a value. */
export const goalEventIssues = (
  spec: RolloutSpec,
  { agent, events }: Pick<RoutingView, 'agent' | 'events'>,
): Issue[] => {
  const goal = goalEventOf(spec);
  const names = events.map(({ name }) => name);
  if (goal === null || names.includes(goal)) return [];
  return [
    {
      path: 'spec.goal.metric',
      reason: `${undeclared('event', goal, agent, names)}; add \`events: [{ name: ${goal} }]\` to its spec, with max where values go beyond 1`,
    },
  ];
};
