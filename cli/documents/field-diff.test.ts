import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { changeLine, fieldDiff } from './field-diff.ts';

it('names the fields that differ, and tells the items of a list apart by their names', () => {
  const before = {
    stable: 'v1',
    versions: [
      { label: 'v1', upstream: 'a' },
      { label: 'v2', upstream: 'b' },
    ],
    tags: [1, 2],
  };
  const after = { stable: 'v1', versions: [{ label: 'v0' }, { label: 'v2', upstream: 'c' }], tags: [1, 3], more: null };
  expect(fieldDiff(before, after).map(changeLine)).toEqual([
    '- versions.v1: {"label":"v1","upstream":"a"}',
    '~ versions.v2.upstream: b → c',
    '+ versions.v0: {"label":"v0"}',
    '~ tags.1: 2 → 3',
    '+ more: null',
  ]);
});

it('finds nothing in what is equal, and something in what is not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(fieldDiff(a, structuredClone(a))).toEqual([]);
      expect(fieldDiff(a, b).length > 0).toBe(JSON.stringify(a) !== JSON.stringify(b) && fieldDiff(b, a).length > 0);
    }),
  );
});
