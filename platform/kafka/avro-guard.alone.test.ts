import avsc from 'avsc';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const { ArrayType, LongType, MapType } = avsc.types as unknown as Record<string, { prototype: object }>;
const readers = (): unknown[] =>
  [ArrayType, LongType, MapType].map((type) => Reflect.get(type!.prototype, '_read') as unknown);

it('leaves avsc alone when it is imported, replaces its readers when installed, and a second time changes nothing', async () => {
  const before = readers();
  const { installAvroGuard } = await import('./avro-guard.ts');
  expect(readers()).toEqual(before);
  installAvroGuard();
  const installed = readers();
  expect(installed.filter((reader) => before.includes(reader))).toEqual([]);
  installAvroGuard();
  expect(readers()).toEqual(installed);
});

it('writes every string as avsc itself does, and refuses what is none', async () => {
  const { installAvroGuard } = await import('./avro-guard.ts');
  installAvroGuard();
  const type = avsc.Type.forSchema('string');
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 70 }),
    fc.nat({ max: 70 }).map((n) => 'x'.repeat(n)),
  );
  fc.assert(
    fc.property(text, fc.nat({ max: 200 }), (written, room) => {
      const whole = Buffer.from(written);
      const head = whole.length < 64 ? [whole.length << 1] : [((whole.length << 1) & 0x7f) | 0x80, whole.length >> 6];
      const expected = Buffer.concat([Buffer.from(head), whole]);
      expect(type.toBuffer(written)).toEqual(expected);
      const narrow = Buffer.alloc(room);
      expect(type.encode(written, narrow, 0)).toBe(expected.length <= room ? expected.length : room - expected.length);
    }),
  );
  expect(() => type.toBuffer(7)).toThrow();
});
