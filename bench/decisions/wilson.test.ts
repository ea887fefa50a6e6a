import { describe, expect, it } from 'vitest';
import { median, wilson } from './wilson.ts';

describe('wilson', () => {
  it('gives the interval that textbooks print', () => {
    const [low, high] = wilson(15, 100);
    expect(low).toBeCloseTo(0.0931, 4);
    expect(high).toBeCloseTo(0.2328, 4);
  });

  it('tells nothing from nothing, and stays within 0 and 1', () => {
    expect(wilson(0, 0)).toEqual([0, 1]);
    expect(wilson(0, 50)[0]).toBe(0);
    expect(wilson(50, 50)[1]).toBe(1);
  });
});

describe('median', () => {
  it('is the middle, or the mean of the two in the middle, or null', () => {
    expect(median([3, 1, 10])).toBe(3);
    expect(median([4, 1, 3, 10])).toBe(3.5);
    expect(median([])).toBeNull();
  });
});
