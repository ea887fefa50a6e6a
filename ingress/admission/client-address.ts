import { madeOncePer } from '../policy/policy-in-force.ts';
import type { PolicyInForce } from '../policy/policy-in-force.ts';
import type { ClientRequest } from '../protocol/client-call.ts';

/** Addresses are in one spelling each: IPv4 dotted (also of IPv4 in IPv6), IPv6 compressed in lower case. */
export type AddressReader = {
  /** The address in its one spelling, undefined if the text is none. */
  read(text: string): string | undefined;
  isTrusted(address: string): boolean;
};

/** A step of `x-forwarded-for` without the port that some proxies add: `192.0.2.1:80`, `[2001:db8::1]:80`. */
const withoutPort = (step: string): string => {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(step);
  if (bracketed) return bracketed[1]!;
  return /^[\d.]+:\d+$/.test(step) ? step.slice(0, step.indexOf(':')) : step;
};

/**
 * The client's address: the peer's, unless the peer is a trusted proxy. Then `x-forwarded-for` is walked from the right,
 * where the nearest proxy wrote, past trusted ones; the first other address is the client's. What stands left of it, or
 * of a step that is no address, was written by whom nobody vouches for, and is not looked at.
 */
export const clientAddress = (peer: string, forwardedFor: string | undefined, reader: AddressReader): string => {
  let address = reader.read(peer) ?? peer;
  if (forwardedFor === undefined) return address;
  const steps = forwardedFor.split(',');
  for (let i = steps.length - 1; i >= 0 && reader.isTrusted(address); i -= 1) {
    const next = reader.read(withoutPort(steps[i]!.trim()));
    if (next === undefined) break;
    address = next;
  }
  return address;
};

/** Whom a limit by address is for: an IPv4 address, or the /64 of an IPv6 one, of which one customer has all. */
export const networkOf = (address: string): string => {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...after];
  return `${all.slice(0, 4).join(':')}::/64`;
};

/** Tells a client's address by its peer's and `x-forwarded-for`. */
export type Addressing = (peer: string, forwardedFor: string | undefined) => string;

/** @param addressing believes the `x-forwarded-for` of these proxies; made anew for each policy. */
export const createAddressOf = (
  policy: PolicyInForce,
  addressing: (trustedProxies: readonly string[]) => Addressing,
): ((client: ClientRequest) => string) => {
  const now = madeOncePer(policy.current, ({ spec }) => addressing(spec.access.trustedProxies));
  return (client) => now()(client.peer(), client.headers.get('x-forwarded-for'));
};
