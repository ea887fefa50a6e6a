import { expect, it } from 'vitest';
import { isObject, objectsIn, parseJson } from './json-value.ts';

it('takes anything for what it is, and never throws', () => {
  expect(parseJson('{"a":1}')).toEqual({ a: 1 });
  expect(parseJson('{"a":')).toBeUndefined();
  expect([{}, { a: 1 }].every(isObject)).toBe(true);
  expect([[], null, undefined, 'text', 1].some(isObject)).toBe(false);
  expect(objectsIn([{ a: 1 }, [], null, 'text', {}])).toEqual([{ a: 1 }, {}]);
  expect(objectsIn({ a: 1 })).toEqual([]);
});
