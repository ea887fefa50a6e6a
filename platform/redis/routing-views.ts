import type { RoutingView } from '../../schemas/routing-view.ts';
import { MAX_VIEW_CHARACTERS, ServableView } from '../../schemas/servable-view.ts';
import type { Log } from '../process/log.ts';

export type RoutingViews = {
  views: ReadonlyMap<string, RoutingView>;
  /** Takes a view's JSON. True if it was newer than the one in force; anything else is ignored. */
  offer(json: string, origin: string): boolean;
};

const parse = (json: string): RoutingView | string => {
  if (json.length > MAX_VIEW_CHARACTERS) return `it has ${json.length} characters, ${MAX_VIEW_CHARACTERS} are allowed`;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return 'it is not JSON';
  }
  const parsed = ServableView.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'it does not fit the schema';
};

/**
 * The newest routing view of each agent. Only a higher sequence replaces a view, whatever order they come in; a view
 * that can't be read or used (`onChange` threw), or a second one under the same sequence, is reported once and ignored: the
 * one before it stays, and so do the other agents'. `onIgnored` is for counting.
 */
export const createRoutingViews = (
  known: Iterable<RoutingView>,
  log: Log,
  onChange: (view: RoutingView, agents: ReadonlyMap<string, RoutingView>) => void = () => {},
  onIgnored: () => void = () => {},
): RoutingViews => {
  const views = new Map<string, RoutingView>();
  for (const view of known) views.set(view.agent, view);
  const lastByOrigin = new Map<string, string>();
  const ignored = (fields: object, why: string): void => {
    onIgnored();
    log.error(fields, `a routing view was ignored: ${why}`);
  };
  /** Its agent's routing from now on, unless somebody can't use it. */
  const take = (view: RoutingView, current: RoutingView | undefined): boolean => {
    views.set(view.agent, view);
    try {
      onChange(view, views);
      return true;
    } catch (error) {
      if (current) views.set(view.agent, current);
      else views.delete(view.agent);
      ignored({ err: error, agent: view.agent, sequence: view.sequence }, 'it can not be used');
      return false;
    }
  };
  return {
    views,
    offer: (json, origin) => {
      if (lastByOrigin.get(origin) === json) return false;
      lastByOrigin.set(origin, json);
      const view = parse(json);
      if (typeof view === 'string') {
        ignored({ origin }, view);
        return false;
      }
      const current = views.get(view.agent);
      if (current && view.sequence === current.sequence && JSON.stringify(view) !== JSON.stringify(current))
        ignored(
          { agent: view.agent, sequence: view.sequence, origin },
          'it differs from the one in force under the same sequence',
        );
      if (current && view.sequence <= current.sequence) return false;
      return take(view, current);
    },
  };
};
