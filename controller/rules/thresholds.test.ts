import { describe, expect, it } from 'vitest';
import { checkThresholds } from './thresholds.ts';
import type { ThresholdInput, ThresholdRule } from './thresholds.ts';

const check = (
  rule: ThresholdRule,
  candidate: number | undefined,
  baseline: number | undefined,
  n: Partial<ThresholdInput> = {},
) => checkThresholds({ metric: 'm', candidate, baseline, candidateN: 100, baselineN: 900, rule, ...n });
const outcome = (...args: Parameters<typeof check>): string => check(...args).outcome;

describe('the usual plan, all four rules', () => {
  it.each([
    ['error_rate', { maxAbsolute: 0.05, maxRelativeIncrease: 2 }, 0.04, 0.03, 'pass'],
    ['error_rate above 5 %', { maxAbsolute: 0.05, maxRelativeIncrease: 2 }, 0.051, 0.04, 'fail'],
    ['error_rate twice the baseline', { maxAbsolute: 0.05, maxRelativeIncrease: 2 }, 0.02, 0.01, 'pass'],
    ['error_rate more than twice', { maxAbsolute: 0.05, maxRelativeIncrease: 2 }, 0.021, 0.01, 'fail'],
    ['p99 at 1.5 times', { maxRelativeIncrease: 1.5 }, 3, 2, 'pass'],
    ['p99 above 1.5 times', { maxRelativeIncrease: 1.5 }, 3.01, 2, 'fail'],
    ['p99 30 % up', { maxRelativeIncrease: 1.5 }, 2.6, 2, 'pass'],
    ['success at 90 %', { minAbsolute: 0.9, maxRelativeDecrease: 0.1 }, 0.9, 0.99, 'pass'],
    ['success below 90 %', { minAbsolute: 0.9, maxRelativeDecrease: 0.1 }, 0.899, 0.9, 'fail'],
    ['success more than 10 % below', { minAbsolute: 0.5, maxRelativeDecrease: 0.1 }, 0.85, 0.95, 'fail'],
    ['quality at 5 % below', { maxRelativeDecrease: 0.05 }, 0.76, 0.8, 'pass'],
    ['quality more than 5 % below', { maxRelativeDecrease: 0.05 }, 0.759, 0.8, 'fail'],
    ['a decrease of 10 % that rounds', { maxRelativeDecrease: 0.1 }, 0.72, 0.8, 'pass'],
    ['any rise from nothing', { maxRelativeIncrease: 2 }, 0.001, 0, 'fail'],
    ['nothing from nothing', { maxRelativeIncrease: 2 }, 0, 0, 'pass'],
  ])('%s', (_, rule: ThresholdRule, candidate, baseline, expected) => {
    expect(outcome(rule, candidate, baseline)).toBe(expected);
  });
});

it('a failure names every rule broken, its limit and the values', () => {
  expect(check({ maxAbsolute: 0.05, maxRelativeIncrease: 2 }, 0.06, 0.02)).toEqual({
    metric: 'm',
    candidateN: 100,
    baselineN: 900,
    outcome: 'fail',
    breaches: [
      { rule: 'maxAbsolute', value: 0.05, limit: 0.05, candidate: 0.06, baseline: 0.02 },
      { rule: 'maxRelativeIncrease', value: 2, limit: 0.04, candidate: 0.06, baseline: 0.02 },
    ],
  });
});

describe('silence never passes', () => {
  it.each([
    ['no candidate value', check({ maxAbsolute: 1 }, undefined, 0.1), 'candidate'],
    ['a candidate value that is no number', check({ maxAbsolute: 1 }, NaN, 0.1), 'candidate'],
    ['no candidate samples', check({ maxAbsolute: 1 }, 0, 0.1, { candidateN: 0 }), 'candidate'],
    ['no baseline for a relative rule', check({ maxRelativeIncrease: 2 }, 0.1, undefined), 'baseline'],
    ['no baseline samples', check({ maxRelativeDecrease: 0.1 }, 0.1, 0, { baselineN: 0 }), 'baseline'],
    [
      'no baseline where another rule holds',
      check({ maxAbsolute: 1, maxRelativeIncrease: 2 }, 0.1, undefined),
      'baseline',
    ],
  ])('%s', (_, verdict, missing) => expect(verdict).toMatchObject({ outcome: 'missing', missing }));

  it('but what can be checked can fail', () => {
    expect(outcome({ maxAbsolute: 0.05, maxRelativeIncrease: 2 }, 0.1, undefined)).toBe('fail');
  });

  it('and absolute rules need no baseline', () => {
    expect(outcome({ minAbsolute: 0.9 }, 0.95, undefined, { baselineN: 0 })).toBe('pass');
  });
});

it('a rule that could never fail is refused', () => {
  expect(() => check({}, 0.1, 0.1)).toThrow(/none of maxAbsolute/);
  expect(() => check({ maxAbsolute: undefined }, 0.1, 0.1)).toThrow(RangeError);
  expect(() => check({ maxAbsolute: NaN }, 0.1, 0.1)).toThrow(/maxAbsolute of m/);
  expect(() => check({ maxRelativeDecrease: -0.1 }, 0.1, 0.1)).toThrow(RangeError);
});
