import type { Issue } from '../../schemas/controller-api.ts';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import { didYouMean } from '../../schemas/did-you-mean.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
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
  const declared = names.length === 0 ? 'declares no events' : `declares ${names.join(', ')}`;
  return [
    {
      path: 'spec.goal.metric',
      reason: `agent ${agent} has no event ${goal}${didYouMean(goal, names)} Its document ${declared}; add \`events: [{ name: ${goal} }]\` to its spec, with max where values go beyond 1`,
    },
  ];
};
