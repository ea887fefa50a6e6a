import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unknownThrough, seeSequence, settleSequence } from './sequence-gaps.ts';

it('tells new numbers from seen ones in any order, as a set would', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 })), (sequence) => {
      const seen = unknownThrough(0);
      const set = new Set<number>();
      for (const each of sequence) {
        expect(seeSequence(seen, each)).toBe(set.has(each) ? 'again' : 'new');
        set.add(each);
      }
      expect(settleSequence(seen, 200)).toBe(200 - set.size);
    }),
  );
});

it('counts a hole as lost once, and says so when its number turns up', () => {
  const seen = unknownThrough(0);
  seeSequence(seen, 5);
  expect([settleSequence(seen, 5), settleSequence(seen, 5), settleSequence(seen, 7)]).toEqual([4, 0, 2]);
  expect([seeSequence(seen, 2), seeSequence(seen, 2), seeSequence(seen, 7)]).toEqual(['found', 'again', 'found']);
});

it('keeps a leap of a billion in one hole', () => {
  const seen = unknownThrough(0);
  seeSequence(seen, 1_000_000_000);
  expect(seen.missing).toEqual([[1, 999_999_999]]);
});

it('gives up the oldest holes beyond 1024 and counts them as lost', () => {
  const seen = unknownThrough(0);
  for (let i = 2; i <= 2_200; i += 2) seeSequence(seen, i);
  expect(seen.missing).toHaveLength(1_024);
  expect(settleSequence(seen, 2_200)).toBe(1_100);
  expect(seeSequence(seen, 1)).toBe('again');
});

it('takes numbers from before its time as new, without having missed them', () => {
  const seen = unknownThrough(7);
  expect(settleSequence(seen, 8)).toBe(1);
  expect([seeSequence(seen, 3), seeSequence(seen, 3), seeSequence(seen, 8)]).toEqual(['new', 'again', 'found']);
});
