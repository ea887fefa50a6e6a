import * as zlib from 'node:zlib';
import type { Header } from './input-file.ts';

/** The codings of RFC 9110, section 8.4.1, and RFC 8878: what a body is encoded by where its `content-encoding` says so. */
const CODINGS: ReadonlyMap<string, { encode: (bytes: Buffer) => Buffer; decode: (bytes: Buffer) => Buffer }> = new Map([
  ['gzip', { encode: zlib.gzipSync, decode: zlib.gunzipSync }],
  ['deflate', { encode: zlib.deflateSync, decode: zlib.inflateSync }],
  ['br', { encode: zlib.brotliCompressSync, decode: zlib.brotliDecompressSync }],
  ['zstd', { encode: zlib.zstdCompressSync, decode: zlib.zstdDecompressSync }],
]);

const codingOf = (headers: readonly Header[]) => {
  const told = headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  return told === undefined ? undefined : CODINGS.get(told.toLowerCase());
};

export const encoded = (headers: readonly Header[], body: Buffer): Buffer => codingOf(headers)?.encode(body) ?? body;

export const decoded = (headers: readonly Header[], body: Buffer): Buffer => codingOf(headers)?.decode(body) ?? body;
