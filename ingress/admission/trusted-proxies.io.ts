import { BlockList, isIP, SocketAddress } from 'node:net';
import { remembered } from '../protocol/remembered.ts';
import { clientAddress } from './client-address.ts';
import type { Addressing } from './client-address.ts';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** To spell an IPv6 address takes 4 µs, a tenth of a request, and most requests come from where others came from. */
const spelled = remembered((text: string) => {
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return MAPPED.exec(address)?.[1] ?? address;
});

const read = (text: string): string | undefined => {
  const family = isIP(text);
  if (family === 4) return text;
  return family === 0 || text.includes('%') ? undefined : spelled(text);
};

const familyOf = (address: string): 'ipv4' | 'ipv6' => (address.includes(':') ? 'ipv6' : 'ipv4');

/**
 * Tells clients' addresses, believing the `x-forwarded-for` of these proxies (addresses or CIDR blocks). Made once per
 * policy. Several `x-forwarded-for` headers are to be joined by commas, in their order.
 */
export const createAddressing = (trustedProxies: readonly string[]): Addressing => {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) trusted.addAddress(read(address) ?? address, familyOf(read(address) ?? address));
    else trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  const isTrusted = (address: string): boolean => isIP(address) !== 0 && trusted.check(address, familyOf(address));
  const reader = { read, isTrusted };
  return (peer, forwardedFor) => clientAddress(peer, forwardedFor, reader);
};
