import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRecord } from './record-decoder.ts';
import { encodeRecord } from './record-encoder.ts';

const require = createRequire(import.meta.url);
type Batch = Parameters<typeof decodeRecord>[1];
type KafkajsRecord = Record<string, unknown>;
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => { buffer: Buffer; offset: number };
const byKafkajs = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: object,
  batch: Batch,
) => KafkajsRecord;

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
/** kafkajs takes what every object inherits for an earlier header. */
const name = fc.string().filter((one) => !(one in {}));
const records = fc.record({
  offsetDelta: fc.nat(2 ** 20),
  timestampDelta: fc.integer({ min: -(2 ** 31), max: 2 ** 45 }),
  key: fc.option(text),
  value: fc.option(text),
  headers: fc.dictionary(name, fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 }))),
});
const batches = fc.record({
  firstOffset: fc.integer({ min: 0, max: 2 ** 52 }).map(String),
  firstTimestamp: fc.constantFrom('0', '-1', '1790000000000'),
  maxTimestamp: fc.constantFrom('0', '1790000000001'),
  magicByte: fc.constant(2),
  isControlBatch: fc.boolean(),
  timestampType: fc.constantFrom(0, 1),
});

/** Without the length in front, which kafkajs has read before. */
const bodyOf = (encoded: Buffer): Buffer => {
  let at = 0;
  while (encoded[at]! >= 0x80) at += 1;
  return encoded.subarray(at + 1);
};

const FIELDS = [
  'magicByte',
  'attributes',
  'timestamp',
  'offset',
  'key',
  'value',
  'headers',
  'isControlRecord',
] as const;

it('reads what kafkajs reads, whatever the record', () => {
  fc.assert(
    fc.property(records, batches, (record, batch) => {
      const body = bodyOf(encodeRecord(record).buffer);
      const ours = decodeRecord(new Decoder(body), batch);
      const theirs = byKafkajs(new Decoder(body), batch);
      for (const field of FIELDS) expect(ours[field], field).toEqual(theirs[field]);
      expect(ours.batchContext).toBe(theirs['batchContext']);
    }),
    { seed: 5, numRuns: 2_000 },
  );
});

it('ends, as kafkajs does, where the bytes do', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
      try {
        decodeRecord({ buffer: Buffer.from(bytes), offset: 0 });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { seed: 6, numRuns: 2_000 },
  );
});

it.each(['toString', '__proto__'])('reads a header named %s as any other', (header) => {
  const body = bodyOf(encodeRecord({ value: null, headers: Object.fromEntries([[header, 'x']]) }).buffer);
  const { headers } = decodeRecord({ buffer: body, offset: 0 });
  expect(Object.entries(headers)).toEqual([[header, Buffer.from('x')]]);
});
