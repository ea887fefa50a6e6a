import { constants, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ZstdFrames } from './zstd-frames.ts';

const isWhole = (bytes: Buffer, step = bytes.length): boolean => {
  const frames = new ZstdFrames();
  for (let at = 0; at < bytes.length; at += step) frames.add(bytes.subarray(at, at + step));
  return frames.isWhole;
};
const varied = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) % 251));
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

it.each([
  ['small', zstdCompressSync('hello')],
  ['empty', zstdCompressSync('')],
  ['of one byte again and again', zstdCompressSync(Buffer.alloc(1_000_000))],
  ['of many blocks', zstdCompressSync(varied)],
  ['with a checksum', zstdCompressSync(varied, checked)],
  [
    'of two frames and one to skip',
    Buffer.concat([zstdCompressSync('a'), skippable, zstdCompressSync(varied, checked)]),
  ],
])('a body in zstd, %s, is whole with its last byte and not before, however it is cut', (_name, bytes) => {
  for (const step of [1, 7, bytes.length]) expect(isWhole(bytes, step)).toBe(true);
  for (let cut = 1; cut < Math.min(8, bytes.length); cut += 1)
    expect(isWhole(bytes.subarray(0, bytes.length - cut))).toBe(false);
});
