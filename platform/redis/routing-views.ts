import { RoutingView } from '../../schemas/routing-view.ts';
import type { Log } from '../process/log.ts';

export type RoutingViews = {
  views: ReadonlyMap<string, RoutingView>;
  /** Takes a view's JSON. True if it was newer than the one in force; anything else is ignored. */
  offer(json: string, origin: string): boolean;
};

const parse = (json: string): RoutingView | string => {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'it is not JSON';
  }
  const parsed = RoutingView.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'it does not fit the schema';
};

/**
 * The newest routing view of each agent. Only a higher sequence replaces a view, whatever order they come in; a view
 * that can't be read, or a second one under the same sequence, is reported once and ignored.
 */
export const createRoutingViews = (
  known: Iterable<RoutingView>,
  log: Log,
  onChange: (view: RoutingView, agents: ReadonlyMap<string, RoutingView>) => void = () => {},
): RoutingViews => {
  const views = new Map<string, RoutingView>();
  for (const view of known) views.set(view.agent, view);
  const lastByOrigin = new Map<string, string>();
  return {
    views,
    offer: (json, origin) => {
      if (lastByOrigin.get(origin) === json) return false;
      lastByOrigin.set(origin, json);
      const view = parse(json);
      if (typeof view === 'string') {
        log.error({ origin }, `a routing view was ignored: ${view}`);
        return false;
      }
      const current = views.get(view.agent);
      if (current && view.sequence === current.sequence && JSON.stringify(view) !== JSON.stringify(current))
        log.error(
          { agent: view.agent, sequence: view.sequence, origin },
          'a routing view was ignored: it differs from the one in force under the same sequence',
        );
      if (current && view.sequence <= current.sequence) return false;
      views.set(view.agent, view);
      onChange(view, views);
      return true;
    },
  };
};
