import { signal } from '@preact/signals';

/** Where the page is: `#/rollouts/support-v2?metric=empathy` is the view `rollouts` with `['support-v2']` and its query. */
export type Route = { view: string; rest: readonly string[]; query: Readonly<Record<string, string>> };

/** A part that nobody can have encoded stands for itself. */
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

export const routeOf = (hash: string): Route => {
  const [address = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', ...rest] = address
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  return { view, rest, query: Object.fromEntries(new URLSearchParams(query)) };
};

/** The address of a place in the page. What is empty in the query is left out. */
export const linkTo = (view: string, rest: readonly string[] = [], query: Record<string, string> = {}): string => {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  const address = ['#', view, ...rest.map(encodeURIComponent)].join('/');
  return asked.size === 0 ? address : `${address}?${asked.toString()}`;
};

export const route = signal<Route>({ view: '', rest: [], query: {} });

export const followAddress = (): void => {
  const read = (): void => {
    route.value = routeOf(window.location.hash);
  };
  window.addEventListener('hashchange', read);
  read();
};
