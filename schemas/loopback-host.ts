/** The names and literals that mean this machine wherever they are asked for. A page can't make its own name one of them. */
const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/i;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Whether an address or name to listen on is of this machine alone: `localhost`, `127.0.0.1`, `::1`. */
export const isLoopbackName = (name: string): boolean => LOOPBACK_NAME.test(name);

/**
 * Whether a `Host` header, with or without a port, names this machine. A page that has its own name resolved to 127.0.0.1 (DNS
 * rebinding) is of the same origin as the server there, but its browser still sends that name.
 */
export const isLoopbackHost = (host: string | undefined): boolean => host !== undefined && LOOPBACK_HOST.test(host);

const LOOPBACK_ADDRESSES: ReadonlySet<string | undefined> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * Whether somebody on this machine asked, and no page in a browser there: by a connection from loopback, by a name of loopback, without
 * an origin, and not through a proxy, whose callers may be anywhere.
 */
export const isFromThisHost = (
  { host, origin, forwardedFor }: Record<'host' | 'origin' | 'forwardedFor', string | undefined>,
  address: () => string | undefined,
): boolean =>
  forwardedFor === undefined && origin === undefined && isLoopbackHost(host) && LOOPBACK_ADDRESSES.has(address());
