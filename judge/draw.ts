import { hash } from 'node:crypto';

/**
 * A draw from 0 up to 1 for an exchange: the same whoever asks and however often, and with another salt independent of it. A
 * share s is of those below s, so a smaller share is a part of a larger one.
 */
export const drawOf = (salt: string, exchangeId: string): number =>
  hash('sha256', `${salt}|${exchangeId}`, 'buffer').readUInt32BE(0) / 2 ** 32;
