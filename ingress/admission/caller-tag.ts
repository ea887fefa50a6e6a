import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { networkOf } from './client-address.ts';

/** So many callers are known without asking the hash again. As a size, since room for a number of entries would be taken at once. */
const REMEMBERED = { maxSize: 10_000, sizeCalculation: () => 1 };

/** Who calls, in 48 bits: their key, or without one the network that they come from, as limits count them. */
export type CallerTag = (keyId: string, address: () => string) => number;

/**
 * Stands in exchange ids, so that feedback can be told to be from whoever asked. Keyed, since ids are kept in records, and an
 * address could be guessed from a plain hash. The same in every process that shares the secret.
 */
export const createCallerTag = (secret: Buffer): CallerTag => {
  const known = new LRUCache<string, number>(REMEMBERED);
  return (keyId, address) => {
    const who = keyId === '' ? `address:${address()}` : `key:${keyId}`;
    const tag = known.get(who);
    if (tag !== undefined) return tag;
    const network = keyId === '' ? `address:${networkOf(address())}` : who;
    const made = createHmac('sha256', secret).update(`caller|${network}`).digest().readUIntBE(0, 6);
    known.set(who, made);
    return made;
  };
};
