import { isLoopbackHost, isLoopbackName } from './loopback-host.ts';

/** Whether an `Origin` is the host that was asked. */
export const isOwnOrigin = (origin: string, host: string | undefined): boolean =>
  URL.parse(origin)?.host === host?.toLowerCase();

/**
 * Why a request is refused that a page of another site may have made; null if none can have. A port that listens on loopback is
 * asked for by a name of loopback alone, whatever name a page had resolved to it; and an origin is that of the host asked, since
 * no port of ours but the front door serves other sites' pages. Programs send no `Origin`.
 */
export const foreignPage = (
  listensOn: string,
  { host, origin }: { host?: string | undefined; origin?: string | undefined },
): string | null => {
  if (isLoopbackName(listensOn) && !isLoopbackHost(host))
    return `this address is not served under the name ${host ?? "''"}`;
  if (origin === undefined || isOwnOrigin(origin, host)) return null;
  return 'requests from other origins are refused';
};
