import { expect, it } from 'vitest';
import { ANY_MARK, markOf, MARKS } from './mark.ts';
import { PII_KINDS } from './pii-hit.ts';

it.each(PII_KINDS)('finds the mark of %s wherever it stands, and its bare name nowhere', (kind) => {
  const mark = markOf(kind);
  expect(`a ${mark} and ${mark}.`.match(MARKS)).toEqual([mark, mark]);
  expect(ANY_MARK.test(`"${mark}"`)).toBe(true);
  expect(mark.slice(1, -1).match(MARKS)).toBeNull();
  expect(ANY_MARK.test(mark.slice(1, -1))).toBe(false);
});

it('takes the end of a shortened text for a mark, and not for personal data', () => {
  expect(ANY_MARK.test('my card is [CUT]')).toBe(true);
  expect('my card is [CUT]'.match(MARKS)).toBeNull();
});
