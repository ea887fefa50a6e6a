import type { CONTROLLER_API, EndpointName, RequestTo, ResponseOf } from '../../schemas/controller-api.ts';

/** The controller's contract by method and path. Types alone: none of its schemas are sent to the browser. */
type Api = typeof CONTROLLER_API;
type Called<Method, Path> = {
  [K in EndpointName]: Api[K] extends { method: Method; path: Path } ? K : never;
}[EndpointName];

type PathOf<Method> = { [K in EndpointName]: Api[K] extends { method: Method } ? Api[K]['path'] : never }[EndpointName];
export type GetPath = PathOf<'GET'>;
export type PostPath = PathOf<'POST'>;

/** What is undefined in a query, or empty, is not asked for. */
type Loose<Request> = {
  [P in keyof Request]: P extends 'query' ? { [K in keyof Request[P]]: Request[P][K] | undefined } : Request[P];
};
export type GivenTo<Method, Path> = Loose<RequestTo<Called<Method, Path>>>;
export type RoleTo<Method, Path> = Api[Called<Method, Path>]['role'];
export type AnswerTo<Method, Path> = ResponseOf<Called<Method, Path>>;

/** What fills a path's `:name`s, and its query. */
export type Filling = {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, unknown>>;
  body?: unknown;
};

export const addressOf = (path: string, { params = {}, query = {} }: Filling): string => {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (typeof value === 'string' ? value !== '' : value !== undefined && value !== null)
      asked.set(name, String(value));
  return asked.size === 0 ? filled : `${filled}?${asked.toString()}`;
};
