import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const FASTEST = { [constants.ZSTD_c_compressionLevel]: 1 };
/** To compress less than this takes more time than the disk is worth. */
const COMPRESSED_FROM_BYTES = 4 * 1024;
const [PLAIN, ZSTD] = [0, 1];

/** Texts as the store keeps them: a byte that says how, a line with their lengths, and the texts. */
export const packTexts = (texts: readonly string[]): Buffer => {
  const bytes = Buffer.from(`${texts.map(({ length }) => length).join(' ')}\n${texts.join('')}`);
  if (bytes.length < COMPRESSED_FROM_BYTES) return Buffer.concat([Buffer.of(PLAIN), bytes]);
  return Buffer.concat([Buffer.of(ZSTD), zstdCompressSync(bytes, { params: FASTEST, pledgedSrcSize: bytes.length })]);
};

/** Throws where they are damaged. */
export const unpackTexts = (packed: Uint8Array): string[] => {
  const rest = packed.subarray(1);
  const all = (packed[0] === ZSTD ? zstdDecompressSync(rest) : Buffer.from(rest)).toString();
  let end = all.indexOf('\n') + 1;
  const lengths = all.slice(0, end).split(' ').map(Number);
  return lengths.map((length) => all.slice(end, (end += length)));
};
