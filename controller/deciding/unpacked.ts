import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type Coding, codingsOf, isZlib } from '../../openai/content-coding.ts';

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

const unpackerOf = (coding: Coding, bytes: Buffer): Unpack => {
  if (coding === 'gzip') return gunzipSync;
  if (coding === 'br') return brotliDecompressSync;
  if (coding === 'zstd') return zstdDecompressSync;
  return isZlib(bytes[0]) ? inflateSync : inflateRawSync;
};

/**
 * A body as it was before it was encoded; of a coding that is not known, as it came.
 * @param header `content-encoding`, of several joined by commas, '' without one
 * @throws what zlib throws of a body that is not whole, in another coding, or longer than `maxBytes` once it is decoded
 */
export const unpacked = (body: Buffer, header: string, maxBytes: number): Buffer =>
  (codingsOf(header) ?? []).reduceRight(
    (bytes, coding) => (bytes.length === 0 ? bytes : unpackerOf(coding, bytes)(bytes, { maxOutputLength: maxBytes })),
    body,
  );
