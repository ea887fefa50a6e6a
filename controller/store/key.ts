import { hash } from 'node:crypto';

/** By which an exchange, a shadow or a word of feedback is known in the store: 63 bits of the hash of its id. */
export const keyOf = (id: string): bigint => BigInt(`0x${hash('sha256', id, 'hex').slice(0, 16)}`) >> 1n;

/** The key of no shadow: of what is said of a live answer. */
export const NO_SHADOW = 0n;
