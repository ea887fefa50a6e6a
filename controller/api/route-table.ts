/** Which methods a path is served with, by the routes there are. */
export type RouteTable = {
  /** `url` may have parameters: `/v1/rollouts/:name`. */
  add(method: string, url: string): void;
  /** Of a path without its query; empty where nothing is served. */
  allowed(path: string): string[];
};

export const createRouteTable = (): RouteTable => {
  const routes = new Map<string, Set<string>>();
  return {
    add: (method, url) => {
      routes.set(url, (routes.get(url) ?? new Set()).add(method));
    },
    allowed: (path) => {
      const matching = [...routes].filter(([url]) => isPathOf(url, path));
      return [...new Set(matching.flatMap(([, methods]) => [...methods]))].sort();
    },
  };
};

const isPathOf = (url: string, path: string): boolean => {
  const [wanted, given] = [url.split('/'), path.split('/')];
  const isPart = (part: string, i: number): boolean => (part.startsWith(':') ? given[i] !== '' : given[i] === part);
  return wanted.length === given.length && wanted.every(isPart);
};
