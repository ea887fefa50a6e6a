import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from './journal-record.ts';
import type { Entry } from './journal-record.ts';

const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const entry: fc.Arbitrary<Entry> = fc
  .tuple(fc.string({ unit: 'grapheme' }), body, body, body)
  .map(([text, ...bodies]) => ({ kind: 'exchange', head: { exchangeId: text, agent: 'é' } as never, bodies }));

describe('journal record', () => {
  it('gives back what was written, in order', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.nat(4e12), (entries, timeMs) => {
        const bytes = Buffer.concat(entries.map((e) => encodeRecord(e, timeMs)));
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
        const bytes = encodeRecord(e, 1);
        expect(decodeRecord(bytes.subarray(0, at % bytes.length), 0)).toHaveProperty('fault', 'incomplete');
        const changed = Buffer.from(bytes);
        changed[4 + (at % (bytes.length - 4))]! ^= change;
        expect(decodeRecord(changed, 0)).toHaveProperty('fault', 'corrupt');
      }),
    );
  });
});
