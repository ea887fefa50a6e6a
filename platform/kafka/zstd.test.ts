import { randomBytes } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compressZstd, decompressZstd } from './zstd.ts';

const SIZES = [0, 1, 255, 256, 257, 300, 511, 512, 1_023, 1_024, 1_025, 4_096, 300_000];

it.each(SIZES)('%i bytes come back, by the library as well, which reads what it did not write', (sizeBytes) => {
  for (const bytes of [randomBytes(sizeBytes), Buffer.alloc(sizeBytes, 'tick')]) {
    const frame = compressZstd(bytes);
    expect(zstdDecompressSync(frame)).toEqual(bytes);
    expect(decompressZstd(frame)).toEqual(bytes);
    expect(decompressZstd(zstdCompressSync(bytes))).toEqual(bytes);
  }
});

it('takes ten bytes more for a small batch, and fewer for a large one', () => {
  expect(compressZstd(Buffer.alloc(400))).toHaveLength(410);
  expect(compressZstd(Buffer.alloc(4_000)).length).toBeLessThan(100);
});

it('refuses what is no frame', () => {
  expect(() => decompressZstd(Buffer.from('no frame at all'))).toThrow();
});
