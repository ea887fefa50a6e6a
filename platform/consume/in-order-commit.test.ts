import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createInOrderCommit } from './in-order-commit.ts';

it('commits only what has nothing unfinished before it', () => {
  const commit = createInOrderCommit(10);
  for (const offset of [10, 11, 13, 20]) commit.started(offset);
  expect(commit.pending()).toBe(4);
  expect(commit.finished(11)).toBeUndefined();
  expect(commit.finished(13)).toBeUndefined();
  expect(commit.finished(10)).toBe(14);
  expect(commit.pending()).toBe(1);
  expect(commit.finished(20)).toBe(21);
});

it('refuses what can only be a mistake', () => {
  const commit = createInOrderCommit(5);
  expect(() => commit.started(4)).toThrow('ascending');
  commit.started(7);
  expect(() => commit.started(7)).toThrow('ascending');
  expect(() => commit.finished(6)).toThrow('not under way');
  commit.finished(7);
  expect(() => commit.finished(7)).toThrow('not under way');
});

it('never commits past an unfinished offset, and in the end commits all, whatever the order', () => {
  const cases = fc
    .uniqueArray(fc.nat(1_000), { minLength: 1, maxLength: 50 })
    .chain((offsets) =>
      fc.tuple(
        fc.constant(offsets.toSorted((a, b) => a - b)),
        fc.shuffledSubarray(offsets, { minLength: offsets.length }),
      ),
    );
  fc.assert(
    fc.property(cases, ([offsets, order]) => {
      const commit = createInOrderCommit(0);
      for (const offset of offsets) commit.started(offset);
      const unfinished = new Set(offsets);
      let committed = 0;
      for (const offset of order) {
        unfinished.delete(offset);
        const next = commit.finished(offset);
        expect(next === undefined || next > committed).toBe(true);
        committed = next ?? committed;
        expect([...unfinished].every((open) => open >= committed)).toBe(true);
      }
      expect(committed).toBe((offsets.at(-1) ?? -1) + 1);
      expect(commit.pending()).toBe(0);
    }),
  );
});
