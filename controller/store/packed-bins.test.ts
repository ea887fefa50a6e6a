import { describe, expect, it } from 'vitest';
import { type Bins, mergeBins } from '../../schemas/sketch.ts';
import { BETWEEN_BINS, mergedBins, packBins } from './packed-bins.ts';

const SKETCHES: Bins[] = [
  [{ index: -691, count: 1 }],
  [
    { index: -3, count: 46 },
    { index: -2, count: 47 },
    { index: 0, count: 2 ** 31 },
    { index: 5_000, count: 47 ** 3 },
  ],
  [
    { index: -2, count: 1 },
    { index: 4_000, count: 9 },
  ],
];

describe('packed bins', () => {
  it.each(SKETCHES.map((bins) => [bins]))('are the same again: %j', (bins) => {
    expect(mergedBins(packBins(bins)!)).toEqual(bins);
  });

  it('behind each other are what the sketches are when they are merged', () => {
    for (const order of [SKETCHES, SKETCHES.toReversed()])
      expect(mergedBins(order.map(packBins).join(BETWEEN_BINS))).toEqual(order.reduce(mergeBins));
  });

  it('of none are nothing', () => {
    expect(packBins([])).toBeNull();
    expect(mergedBins('')).toEqual([]);
  });
});
