import { expect, it } from 'vitest';
import { readTarget, resetOf } from './reset-plan.ts';

it('reads where a group is to go: an end, an offset, a moment, or how long ago', () => {
  expect(readTarget('earliest', 0)).toEqual({ to: 'earliest' });
  expect(readTarget('42', 0)).toEqual({ offset: 42 });
  expect(readTarget('2h', 10_000_000)).toEqual({ timeMs: 2_800_000 });
  expect(readTarget('1970-01-01T00:00:01Z', 0)).toEqual({ timeMs: 1_000 });
  for (const text of ['soon', '-1', '1e3', '']) expect(readTarget(text, 0)).toBeUndefined();
});

it('a reset says what is read again and what is passed over, within what is there', () => {
  const lag = { group: 'g', topic: 't', partition: 0, first: 10, end: 100, committed: 60 };
  expect(resetOf(lag, 40)).toMatchObject({ from: 60, to: 40, again: 20, skipped: 0 });
  expect(resetOf(lag, 90)).toMatchObject({ to: 90, again: 0, skipped: 30 });
  expect([resetOf(lag, 0).to, resetOf(lag, 1_000).to]).toEqual([10, 100]);
  expect(resetOf({ ...lag, committed: null }, 10)).toMatchObject({ from: null, again: 0, skipped: 0 });
});
