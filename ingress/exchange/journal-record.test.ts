import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryOf } from './capture.fixture.ts';
import { decodeRecord, RecordBatch } from './journal-record.ts';
import type { Entry, ExchangeEntry } from './journal-record.ts';
import type { ExchangeHead } from './exchange-head.ts';

/** What only some heads have, and a row says of each. */
const TOLD = {
  vouched: false,
  provoked: true,
  requestPath: '/question',
  answerPath: '',
  capture: 'hash',
  cachedPromptUsdPerMillion: 0.1,
  usage: { promptTokens: 3, completionTokens: null, costUsd: 0.5 },
} as const;
const headOf = (exchangeId: string, more: Partial<ExchangeHead> = {}): ExchangeHead =>
  entryOf('', '', { exchangeId, ...TOLD, ...more }).head;

const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const text = fc.string({ unit: 'grapheme' });
const label = text.filter((name) => name !== '__proto__');
const entry: fc.Arbitrary<Entry> = fc
  .tuple(text, fc.option(text), fc.dictionary(label, text), body, body, body)
  .map(([exchangeId, fallbackReason, metadata, ...bodies]) => ({
    kind: 'exchange',
    head: headOf(exchangeId, { fallbackReason, metadata: { ...metadata }, agent: 'é' }),
    bodies,
  }));

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

  /** Puts this head in the place of the one of a record without bodies. */
  const withHead = (bytes: Buffer, kind: number, head: string): Buffer => {
    const changed = Buffer.concat([bytes.subarray(0, 33), Buffer.from(head)]);
    changed[8] = kind;
    changed.writeUInt32BE(Buffer.byteLength(head), 17);
    changed.writeUInt32BE(changed.length - 8, 0);
    changed.writeUInt32BE(crc32(changed.subarray(8)), 4);
    return changed;
  };
  const bare = (): Buffer => Buffer.from(written(new RecordBatch(), [entryOf('', '')]));

  it('a record whose head is none is corrupt, however right its checksum: what follows is not held up by it', () => {
    for (const kind of [0, 3])
      for (const head of ['"[1,2]"', '{]', 'null', '7']) {
        const broken = withHead(bare(), kind, head);
        expect(decodeRecord(broken, 0), `${kind} ${head}`).toEqual({ fault: 'corrupt', bytes: broken.length });
      }
    const short = withHead(bare(), 3, '["x1","support"]');
    expect(decodeRecord(short, 0)).toEqual({ fault: 'corrupt', bytes: short.length });
  });

  it('reads a record of an earlier journal, with names in its head', () => {
    const { head, bodies } = entryOf('', '');
    const decoded = decodeRecord(withHead(bare(), 0, JSON.stringify(head)), 0);
    expect(decoded).toMatchObject({ record: { kind: 'exchange', head, bodies, timeMs: 1 } });
  });

  it('says of a head what it leaves out', () => {
    const decoded = decodeRecord(written(new RecordBatch(), [entryOf('', '')]), 0);
    if ('fault' in decoded) throw new Error(decoded.fault);
    const { vouched, provoked, requestPath, answerPath, capture, cachedPromptUsdPerMillion, usage } = (
      decoded.record as ExchangeEntry
    ).head;
    expect({ vouched, provoked, requestPath, answerPath, capture, cachedPromptUsdPerMillion, usage }).toEqual({
      vouched: true,
      provoked: false,
      requestPath: '',
      answerPath: '',
      capture: 'redacted',
      cachedPromptUsdPerMillion: null,
      usage: undefined,
    });
  });

  it('takes more than it had room for, and keeps what stood there', () => {
    const large = (fill: number): Entry => ({
      kind: 'exchange',
      head: headOf(String(fill)),
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
