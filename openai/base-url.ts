/** A base URL in the parts that requests are made of: `path` without slashes at its end, `query` without its question mark. */
export type BaseUrl = { origin: string; host: string; path: string; query: string };

/** Throws a TypeError for what is no URL. A user, a password and a fragment are left out: they are in no request's target. */
export const baseUrlOf = (text: string): BaseUrl => {
  const { origin, host, pathname, search } = new URL(text);
  return { origin, host, path: pathname.replace(/\/+$/, ''), query: search.slice(1) };
};

const withBaseQuery = (target: string, query: string): string => {
  const mark = target.indexOf('?');
  if (mark < 0) return `${target}?${query}`;
  const own = target.slice(mark + 1);
  return `${target.slice(0, mark)}?${query}${own === '' ? '' : `&${own}`}`;
};

/**
 * The target of a request below a base URL: its path, the call's path, and the queries of both, the base's first. It is
 * never empty (RFC 9112, section 3.2.1).
 * @param path begins with a slash, or is empty, or only a query: `/chat/completions?trace=1`.
 */
export const targetBelow = ({ path: basePath, query }: Pick<BaseUrl, 'path' | 'query'>, path: string): string => {
  // A bare # would make the rest a fragment, which no request's target has.
  const target = basePath + (path.includes('#') ? path.replaceAll('#', '%23') : path);
  const whole = target.startsWith('/') ? target : `/${target}`;
  return query === '' ? whole : withBaseQuery(whole, query);
};

/** The URL of a call: the one way in which a base URL (an upstream's, an endpoint's) and a path come together. Throws as `baseUrlOf`. */
export const joinUrl = (base: string, path: string): string => {
  const parts = baseUrlOf(base);
  return parts.origin + targetBelow(parts, path);
};

/** A call's path as it is compared with known ones: a query is for whoever answers. */
export const pathWithoutQuery = (path: string): string => {
  const mark = path.indexOf('?');
  return mark < 0 ? path : path.slice(0, mark);
};
