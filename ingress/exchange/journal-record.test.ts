import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, RecordBatch } from './journal-record.ts';
import type { Entry } from './journal-record.ts';

const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const entry: fc.Arbitrary<Entry> = fc
  .tuple(fc.string({ unit: 'grapheme' }), body, body, body)
  .map(([text, ...bodies]) => ({ kind: 'exchange', head: { exchangeId: text, agent: 'é' } as never, bodies }));

const NONE = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)] as const;

const written = (batch: RecordBatch, entries: readonly Entry[], timeMs = 1): Buffer => {
  batch.clear();
  for (const one of entries) batch.add(one, timeMs);
  return batch.bytes;
};

describe('journal record', () => {
  it('gives back what was written, in order, by a batch that is used again and again', () => {
    const batch = new RecordBatch();
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.nat(4e12), (entries, timeMs) => {
        const bytes = written(batch, entries, timeMs);
        let at = 0;
        for (const expected of entries) {
          const decoded = decodeRecord(bytes, at);
          if ('fault' in decoded) throw new Error(decoded.fault);
          expect(decoded.record).toEqual({ ...expected, timeMs });
          at += decoded.bytes;
        }
        expect(at).toBe(bytes.length);
      }),
    );
  });

  it('a cut record is incomplete, a changed one corrupt, wherever it happens', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.integer({ min: 1, max: 255 }), (e, at, change) => {
        const bytes = written(new RecordBatch(), [e]);
        expect(decodeRecord(bytes.subarray(0, at % bytes.length), 0)).toHaveProperty('fault', 'incomplete');
        const changed = Buffer.from(bytes);
        changed[4 + (at % (bytes.length - 4))]! ^= change;
        expect(decodeRecord(changed, 0)).toHaveProperty('fault', 'corrupt');
      }),
    );
  });

  it('a record whose head is none is corrupt, however right its checksum: what follows is not held up by it', () => {
    const bytes = Buffer.from(written(new RecordBatch(), [{ kind: 'exchange', head: '[1,2]' as never, bodies: NONE }]));
    expect(decodeRecord(bytes, 0)).toEqual({ fault: 'corrupt', bytes: bytes.length });
    const broken = Buffer.from(written(new RecordBatch(), [{ kind: 'exchange', head: {} as never, bodies: NONE }]));
    broken.write('{]', broken.length - 2);
    broken.writeUInt32BE(crc32(broken.subarray(8)), 4);
    expect(decodeRecord(broken, 0)).toEqual({ fault: 'corrupt', bytes: broken.length });
  });

  it('takes more than it had room for, and keeps what stood there', () => {
    const large = (fill: number): Entry => ({
      kind: 'exchange',
      head: { exchangeId: String(fill) } as never,
      bodies: [Buffer.alloc(3_000_000, fill), Buffer.alloc(0), Buffer.alloc(10, fill)],
    });
    const batch = new RecordBatch();
    const entries = [large(1), large(2), large(3)];
    const bytes = written(batch, entries);
    let at = 0;
    for (const expected of entries) {
      const decoded = decodeRecord(bytes, at);
      if ('fault' in decoded) throw new Error(decoded.fault);
      expect(decoded.record).toEqual({ ...expected, timeMs: 1 });
      at += decoded.bytes;
    }
    expect(written(batch, [large(4)])).toHaveLength(bytes.length / 3);
  });
});
