import { createHmac } from 'node:crypto';
import { remembered } from '../protocol/remembered.ts';

const REMEMBERED = 10_000;

/** Who calls, in 48 bits, by the bucket that limits count them in: of their key, or without one of the network that they come from. */
export type CallerTag = (bucket: string) => number;

/**
 * Stands in exchange ids, so that feedback can be told to be from whoever asked. Keyed, since ids are kept in records, and an
 * address could be guessed from a plain hash. The same in every process that shares the secret.
 */
export const createCallerTag = (secret: Buffer): CallerTag =>
  remembered(REMEMBERED, (bucket) => createHmac('sha256', secret).update(`caller|${bucket}`).digest().readUIntBE(0, 6));
