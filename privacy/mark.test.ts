import { expect, it } from 'vitest';
import { ALL_MARKS, disowned, markOf, MARKS, marksIn } from './mark.ts';
import { PII_KINDS } from './pii-hit.ts';

it.each(PII_KINDS)('finds the mark of %s wherever it stands, and its bare name nowhere', (kind) => {
  const mark = markOf(kind);
  expect(`a ${mark} and ${mark}.`.match(MARKS)).toEqual([mark, mark]);
  expect(marksIn(`"${mark}"`)).toEqual([{ mark, start: 1, end: 1 + mark.length }]);
  expect(ALL_MARKS.has(mark)).toBe(true);
  expect(mark.slice(1, -1).match(MARKS)).toBeNull();
  expect(marksIn(mark.slice(1, -1) + disowned(mark))).toEqual([]);
});

it('takes the end of a shortened text for a mark, and not for personal data', () => {
  expect(marksIn('my card is [CUT]')).toEqual([{ mark: '[CUT]', start: 11, end: 16 }]);
  expect('my card is [CUT]'.match(MARKS)).toBeNull();
});
