import { expect, it } from 'vitest';
import { windowRow } from '../../schemas/window.fixture.ts';
import { WindowRow } from '../../schemas/window.ts';
import { applicabilityRow } from './applicability-row.ts';

const bucketsWith = (...counts: number[]): number[] => Array.from({ length: 20 }, (_, b) => counts[b] ?? 0);

it('answers that were looked at are the values, and those that the metric does not apply to the bad ones', () => {
  const row = windowRow('tool_validity', 'candidate', {
    count: 3,
    sumMicro: 2_000_000,
    errors: 1,
    notApplicable: 9,
    applied: bucketsWith(1, 2),
    notApplied: bucketsWith(0, 4),
    buckets: bucketsWith(1),
  });
  expect(applicabilityRow(row)).toMatchObject({
    count: 7,
    sumMicro: 3_000_000,
    errors: 0,
    notApplicable: 0,
    buckets: bucketsWith(0, 4),
  });
});

it('a pair is worse where it applies to the live answer alone', () => {
  const row = windowRow('tool_validity', 'candidate', {
    kind: 'shadow',
    count: 5,
    worse: 2,
    notApplicable: 7,
    applied: bucketsWith(6),
    notApplied: bucketsWith(6),
    lost: 4,
    gained: 1,
  });
  expect(applicabilityRow(row)).toMatchObject({ count: 12, sumMicro: 6_000_000, worse: 4, better: 1 });
});

it('there is none where no answer was looked at, as in every row from before this was counted', () => {
  const {
    applied: _a,
    notApplied: _n,
    lost: _l,
    gained: _g,
    ...old
  } = windowRow('tool_validity', 'stable', { count: 5, notApplicable: 3 });
  const read = WindowRow.parse(old);
  expect(read).toMatchObject({ applied: [], notApplied: [], lost: 0, gained: 0 });
  expect(applicabilityRow(read)).toBeUndefined();
});
