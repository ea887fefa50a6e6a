import { type Duplex, pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { type Coding, codingsOf, isZlib } from '../openai/content-coding.ts';

const decoderOf = (coding: Coding, firstByte: number | undefined): Duplex => {
  if (coding === 'gzip') return createGunzip();
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'zstd') return createZstdDecompress();
  return firstByte === undefined || isZlib(firstByte) ? createInflate() : createInflateRaw();
};

async function* followedBy(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * A body as it was before it was encoded, as it comes; of a coding that is not known, as it came. Throws what zlib throws of
 * bytes that are no such coding, or end too early.
 * @param header `content-encoding`, of several joined by commas, '' without one
 */
export async function* decodedBody(body: AsyncIterable<Uint8Array>, header: string): AsyncGenerator<Uint8Array> {
  const codings = codingsOf(header) ?? [];
  if (codings.length === 0) return yield* body;
  const bytes = body[Symbol.asyncIterator]();
  // By the first byte the two kinds of `deflate` differ. A body of no bytes is an empty one in whatever coding.
  const begun = await bytes.next();
  if (begun.done === true) return undefined;
  const decoders = codings.toReversed().map((coding, i) => decoderOf(coding, i === 0 ? begun.value[0] : undefined));
  const source = Readable.from(followedBy(begun.value, bytes));
  pipeline([source, ...decoders], () => {});
  return yield* decoders.at(-1)! as AsyncIterable<Buffer>;
}
