import { createHash } from 'node:crypto';
import { allStemsOf } from './sentences.ts';

const DIMENSIONS = 256;

/**
 * A vector of 256 numbers for a text: its words' stems, hashed into places with a sign each (feature hashing, Weinberger et al.
 * 2009). It makes an `/embeddings` endpoint answer without a model: equal words are near, equal meanings are not.
 */
export function embedText(text: string): number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  for (const stem of allStemsOf(text)) {
    const hash = createHash('sha256').update(stem).digest();
    const place = hash.readUInt16BE(0) % DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + (hash.readUInt8(2) % 2 === 0 ? 1 : -1);
  }
  return vector;
}
