import * as zlib from 'node:zlib';
import type { Header } from './input-file.ts';

/** The codings of RFC 9110, section 8.4.1, and RFC 8878: what a body is encoded by where its `content-encoding` says so. */
const CODINGS: ReadonlyMap<string, { encode: (bytes: Buffer) => Buffer; decode: (bytes: Buffer) => Buffer }> = new Map([
  ['gzip', { encode: zlib.gzipSync, decode: zlib.gunzipSync }],
  ['x-gzip', { encode: zlib.gzipSync, decode: zlib.gunzipSync }],
  ['deflate', { encode: zlib.deflateSync, decode: zlib.inflateSync }],
  ['br', { encode: zlib.brotliCompressSync, decode: zlib.brotliDecompressSync }],
  ['zstd', { encode: zlib.zstdCompressSync, decode: zlib.zstdDecompressSync }],
]);

/** In the order they are applied; what is no coding of these is none. */
const codingsOf = (headers: readonly Header[]) =>
  headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .flatMap((name) => CODINGS.get(name.trim()) ?? []);

export const encoded = (headers: readonly Header[], body: Buffer): Buffer =>
  codingsOf(headers).reduce((bytes, { encode }) => encode(bytes), body);

export const decoded = (headers: readonly Header[], body: Buffer): Buffer =>
  codingsOf(headers).reduceRight((bytes, { decode }) => decode(bytes), body);
