import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain, plainJson, plainLines } from './plain.ts';
import { factLines, tableLines } from './table.ts';

const MOVES = /[\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const hostile = fc.string({ unit: 'binary', maxLength: 40 });

describe('what others wrote', () => {
  it('is shown by codes where a terminal would take it for a command, and as it is elsewhere', () => {
    expect(plain('\u001b[2Jgone\r\n\u009b31m\u202etxt')).toBe('\\x1b[2Jgone\\x0d\\n\\x9b31m\\u{202e}txt');
    expect(plain('Grüße, 日本, 👩‍🚀, نمی‌خواهم')).toBe('Grüße, 日本, 👩‍🚀, نمی‌خواهم');
    expect(plainLines('a\n\u0007b')).toBe('a\n\\x07b');
  });

  it('moves no cursor, whatever it is, in a line, a table or JSON, and JSON stays what it was', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        for (const line of [
          plain(a),
          ...tableLines(['A', 'B'], [[a, b]]),
          ...factLines([['a', a]]),
          plainJson({ a, b }),
        ])
          expect(line).not.toMatch(MOVES);
        expect(JSON.parse(plainJson({ a, b }))).toEqual({ a, b });
      }),
    );
  });
});

it('a table stands in columns, numbers at the right, and can leave empty columns out', () => {
  const rows = [
    ['a', '', '10'],
    ['bcd', '', '9'],
  ];
  expect(tableLines(['NAME', 'NOTE', 'COUNT'], rows, { right: ['COUNT'], dropEmpty: true })).toEqual([
    'NAME  COUNT',
    'a        10',
    'bcd       9',
  ]);
});
