import { createHmac } from 'node:crypto';

/**
 * Who calls, in 48 bits, by the bucket that limits count them in: of their key, or without one of the network that they come from.
 *
 * Stands in exchange ids, so that feedback can be told to be from whoever asked. Keyed, since ids are kept in records, and an
 * address could be guessed from a plain hash. The same in every process that shares the secret.
 */
export const callerTag = (secret: Buffer, bucket: string): number =>
  createHmac('sha256', secret).update(`caller|${bucket}`).digest().readUIntBE(0, 6);
