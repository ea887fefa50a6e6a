import type { Issue } from '../../schemas/problem.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { MAX_VIEW_CHARACTERS, ServableView } from '../../schemas/servable-view.ts';

/** Why no front door would take a view that a document leads to: what documents may say is bounded alike, but versions add up. */
export const viewIssues = (view: RoutingView): Issue[] => {
  const parsed = ServableView.safeParse(view);
  const { length } = JSON.stringify(view);
  return [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({
      path: 'spec',
      reason: `the agent's routing would not do: ${path.join('.')}: ${message}`,
    })),
    ...(length > MAX_VIEW_CHARACTERS
      ? [
          {
            path: 'spec',
            reason: `the agent's routing would have ${length} characters, ${MAX_VIEW_CHARACTERS} are allowed`,
          },
        ]
      : []),
  ];
};
