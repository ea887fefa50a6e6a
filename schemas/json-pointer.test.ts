import { describe, expect, it } from 'vitest';
import { atPointer, JsonPointer } from './json-pointer.ts';

/** The document of RFC 6901, section 5, and a list in a list. */
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
  rows: [[1], [{ text: 'deep' }]],
};

describe('what stands at a pointer', () => {
  it.each([
    ['', DOCUMENT],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/rows/1/0/text', 'deep'],
  ])('%j is as RFC 6901 says', (pointer, value) => {
    expect(atPointer(DOCUMENT, pointer)).toEqual(value);
  });

  it.each(['/foo/2', '/foo/00', '/foo/-', '/foo/length', '/foo/0/0', '/no/such', '/toString', '/__proto__', '/~01'])(
    '%j is nothing',
    (pointer) => {
      expect(atPointer(DOCUMENT, pointer)).toBeUndefined();
    },
  );

  it.each([null, undefined, 'text', 7])('is nothing within %j', (value) => {
    expect(atPointer(value, '/a')).toBeUndefined();
  });
});

it.each(['', '/', '/reply', '/a~1b/~0/0'])('%j is a pointer', (text) => {
  expect(JsonPointer.safeParse(text).success).toBe(true);
});

it.each(['reply', '$.reply', '#/reply', '/a~2', '/a~', `/${'x'.repeat(300)}`])('%j is none', (text) => {
  expect(JsonPointer.safeParse(text).success).toBe(false);
});
