import { remembered } from '../protocol/remembered.ts';

/** Before the four bytes of an IPv4 address in an IPv6 one (RFC 4291, section 2.5.5.2): ten of zeros and two of ones. */
const MAPPED_AT = 12;

const dotted = remembered((address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.'));

const isMapped = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < MAPPED_AT; i += 1) if (bytes[i] !== (i < 10 ? 0 : 0xff)) return false;
  return true;
};

/**
 * An IPv4 address as text, also of one in an IPv6 address; undefined of others. The same text each time for the same address, so that it
 * need not be hashed anew wherever something is looked up by it: with few callers that is a twentieth of a request.
 * @param address the bytes of an address in network order, 4 or 16.
 */
export const ipv4Text = (address: ArrayBuffer): string | undefined => {
  const bytes = new Uint8Array(address);
  const at = bytes.length === 4 ? 0 : MAPPED_AT;
  if (at > 0 && !isMapped(bytes)) return undefined;
  return dotted(((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0);
};
