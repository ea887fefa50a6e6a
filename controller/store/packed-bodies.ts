import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib';
import { z } from 'zod';
import { Body } from '../../schemas/exchange.ts';

const FASTEST = { [constants.ZSTD_c_compressionLevel]: 1 };
/** To compress less than this takes more time than the disk is worth. */
const COMPRESSED_FROM_BYTES = 4 * 1024;
const [PLAIN, ZSTD] = [0, 1];

const Bodies = z.object({ request: Body.nullable(), response: Body });
export type Bodies = z.infer<typeof Bodies>;

/** Bodies as the store keeps them: a byte that says how, and JSON. */
export const packBodies = (bodies: Bodies): Buffer => {
  const text = Buffer.from(JSON.stringify(bodies));
  if (text.length < COMPRESSED_FROM_BYTES) return Buffer.concat([Buffer.of(PLAIN), text]);
  return Buffer.concat([Buffer.of(ZSTD), zstdCompressSync(text, { params: FASTEST })]);
};

/** Throws where they are damaged. */
export const unpackBodies = (packed: Uint8Array): Bodies => {
  const rest = packed.subarray(1);
  const text = packed[0] === ZSTD ? zstdDecompressSync(rest) : Buffer.from(rest);
  return JSON.parse(text.toString()) as Bodies;
};
