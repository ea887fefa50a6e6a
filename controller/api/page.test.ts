import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { pageOf } from './page.ts';

const listed = (entries: readonly number[], isDescending = false) => ({
  list: 'numbers',
  entries,
  positionOf: (entry: number) => [Math.floor(entry / 10), `n${entry % 10}`],
  isDescending,
});
const page = (entries: readonly number[], limit: number, cursor?: string, isDescending = false) => {
  const found = pageOf(listed(entries, isDescending), { limit, cursor });
  if ('refusal' in found) throw new Error(found.refusal.message);
  return found.ok;
};

it('pages tell every entry that stays once, in order, whatever comes and goes between them', () => {
  const numbers = fc.uniqueArray(fc.nat(99), { maxLength: 40 });
  fc.assert(
    fc.property(
      numbers,
      numbers,
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      (first, second, limit, isDescending) => {
        const told: number[] = [];
        let cursor: string | undefined;
        for (let i = 0; ; i++) {
          const { entries, next } = page(i % 2 === 0 ? first : second, limit, cursor, isDescending);
          expect(entries.length).toBeLessThanOrEqual(limit);
          told.push(...entries);
          // A list that is over in one state may go on in the other; whoever stops here has had all that were there throughout.
          if (next === null) break;
          cursor = next;
        }
        const sorted = told.toSorted((a, b) => (isDescending ? b - a : a - b));
        expect(told).toEqual(sorted);
        expect(new Set(told).size).toBe(told.length);
        const last = told.at(-1);
        const stayed = first.filter((n) => second.includes(n));
        const passed = stayed.filter((n) => last !== undefined && (isDescending ? n >= last : n <= last));
        expect(told).toEqual(expect.arrayContaining(passed));
      },
    ),
  );
});

it('a list that ends with a page has no next one', () => {
  expect(page([1, 2, 3], 3)).toEqual({ entries: [1, 2, 3], next: null });
  expect(page([], 3)).toEqual({ entries: [], next: null });
  expect(page([1, 2, 3], 2).next).not.toBeNull();
});

it.each([
  ['no base64', '%%%'],
  ['no JSON', Buffer.from('{').toString('base64url')],
  ['another list’s', Buffer.from('["letters",0,"n1"]').toString('base64url')],
  ['another form', Buffer.from('["numbers"]').toString('base64url')],
  ['something else in it', Buffer.from('["numbers",{"a":1}]').toString('base64url')],
  ['one with more behind it', `${Buffer.from('["numbers",0,"n1"]').toString('base64url')}!`],
])('a cursor that is %s is refused', (_, cursor) => {
  expect(pageOf(listed([1]), { limit: 1, cursor })).toMatchObject({
    refusal: { kind: 'invalid', issues: [{ path: 'cursor' }] },
  });
});
