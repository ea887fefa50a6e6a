import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const FASTEST = { [constants.ZSTD_c_compressionLevel]: 1 };
/** To compress less than this takes more time than the disk is worth. */
const COMPRESSED_FROM_BYTES = 4 * 1024;
const [PLAIN, ZSTD] = [0, 1];
/** Of a count and of each length. */
const NUMBER_BYTES = 4;
const MAX_BYTES_OF_CHARACTER = 3;

/** Texts as the store keeps them: a byte that says how, their count, the bytes of each, and the texts. */
export const packTexts = (texts: readonly string[]): Buffer => {
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  let end = NUMBER_BYTES * (1 + texts.length);
  const room = Buffer.allocUnsafe(end + MAX_BYTES_OF_CHARACTER * characters);
  room.writeUInt32LE(texts.length);
  for (const [i, text] of texts.entries()) {
    const length = room.write(text, end);
    room.writeUInt32LE(length, NUMBER_BYTES * (1 + i));
    end += length;
  }
  const bytes = room.subarray(0, end);
  if (end < COMPRESSED_FROM_BYTES) return Buffer.concat([Buffer.of(PLAIN), bytes]);
  return Buffer.concat([Buffer.of(ZSTD), zstdCompressSync(bytes, { params: FASTEST, pledgedSrcSize: end })]);
};

/** Packed texts, of which each is read for itself. */
export type UnpackedTexts = { sizeBytes: number; at: (i: number) => string };

/** Throws where they are damaged. */
export const unpackTexts = (packed: Uint8Array): UnpackedTexts => {
  const rest = packed.subarray(1);
  const bytes = packed[0] === ZSTD ? zstdDecompressSync(rest) : Buffer.from(rest);
  const count = bytes.readUInt32LE();
  const starts = [NUMBER_BYTES * (1 + count)];
  for (let i = 0; i < count; i += 1) starts.push(starts[i]! + bytes.readUInt32LE(NUMBER_BYTES * (1 + i)));
  return { sizeBytes: bytes.length, at: (i) => bytes.toString('utf8', starts[i], starts[i + 1]) };
};
