import { describe, expect, it } from 'vitest';
import { createLocalBuckets } from './local-buckets.ts';

describe('buckets in memory', () => {
  it('drain as time passes', () => {
    const buckets = createLocalBuckets();
    buckets.keep(['a'], [100], 1_000);
    expect([buckets.backlogs(['a', 'b'], 1_040), buckets.backlogs(['a'], 2_000)]).toEqual([[60, 0], [0]]);
  });

  it('never get more than their cap: the one charged longest ago is forgotten', () => {
    const buckets = createLocalBuckets(2);
    buckets.keep(['a'], [100], 0);
    buckets.keep(['b'], [100], 0);
    buckets.keep(['a'], [100], 0);
    buckets.keep(['c'], [100], 0);
    expect(buckets.backlogs(['a', 'b', 'c'], 0)).toEqual([100, 0, 100]);
  });
});
