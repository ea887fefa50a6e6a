import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { murmur2, partitionOfKey } from './partition-of-key.ts';

it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %s as the Java client’s own tests say', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

it('agrees with the other client on any key', () => {
  const theirs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2') as (
    key: Buffer,
  ) => number;
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
      expect(partitionOfKey(key, partitions)).toBe((theirs(Buffer.from(key)) & 0x7fffffff) % partitions);
    }),
  );
});
