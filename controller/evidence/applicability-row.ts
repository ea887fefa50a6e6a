import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { totalOf } from '../rules/subject-buckets.ts';

/**
 * To how many answers a row's metric applies, as a row of a rate: a value of 1 for each answer that was looked at and that it applies to, 0 for
 * each of the others, which are the bad ones. Of shadows a pair is worse where it applies to the live answer alone. Undefined where none was
 * looked at, as in all rows from before this was counted.
 */
export const applicabilityRow = (row: WindowRow): WindowRow | undefined => {
  const applied = totalOf(row.applied);
  const count = applied + totalOf(row.notApplied);
  if (count === 0) return undefined;
  return {
    ...row,
    count,
    sumMicro: applied * MICRO,
    sumSqMicro: applied * MICRO,
    minMicro: null,
    maxMicro: null,
    errors: 0,
    notApplicable: 0,
    worse: row.lost,
    better: row.gained,
    buckets: row.notApplied,
    items: [],
    judges: [],
    bins: [],
  };
};
