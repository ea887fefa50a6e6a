import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeRecord } from './record-encoder.ts';

const require = createRequire(import.meta.url);
type Record = Parameters<typeof encodeRecord>[0];
const byKafkajs = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: Record) => { buffer: Buffer };

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const records: fc.Arbitrary<Record> = fc.record(
  {
    offsetDelta: fc.nat(2 ** 20),
    timestampDelta: fc.integer({ min: -(2 ** 31), max: 2 ** 45 }),
    key: fc.option(text),
    value: fc.option(text),
    headers: fc.dictionary(fc.string(), fc.oneof(text, fc.array(text, { maxLength: 3 })), { noNullPrototype: true }),
  },
  { requiredKeys: ['value'] },
);

it('gives the very bytes that kafkajs gives, whatever the record', () => {
  fc.assert(
    fc.property(records, (record) => encodeRecord(record).buffer.equals(byKafkajs(record).buffer)),
    { seed: 3, numRuns: 2_000 },
  );
});

it.each([0, 59, 60, 63, 64, 8_000, 65_000, 70_000, 1_000_000])('and with a value of %d bytes', (sizeBytes) => {
  const record = { key: 'k', value: Buffer.alloc(sizeBytes, 7), headers: { large: 'é'.repeat(sizeBytes) } };
  expect(encodeRecord(record).buffer.equals(byKafkajs(record).buffer)).toBe(true);
});
