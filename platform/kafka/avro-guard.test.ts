import avsc from 'avsc';
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
