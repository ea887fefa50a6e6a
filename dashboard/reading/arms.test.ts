import { describe, expect, it } from 'vitest';
import { armGroups, armIn, armNames } from './arms.ts';
import { rangeOf } from './chart-range.ts';
import { entry } from './entry.fixture.ts';
import { judgedBy } from './judges.ts';

const goal = (arm: string, logProof: number) =>
  entry({ metric: 'task_success', rule: 'difference of means', arm, weight: 0, logProof });
const guard = (arm: string, more: object = {}) => entry({ rule: 'guardrail', arm, weight: 0.5, logE: 2, ...more });
const experiment = { control: 'stable', goal: { metric: 'task_success', better: 'higher' as const } };
const metrics = [goal('warm', 3), goal('brief', -1), guard('warm'), guard('brief'), guard('warm', { slice: 'a=b' })];

describe('an experiment of three arms', () => {
  const groups = armGroups({ metrics, alpha: 0.05 });

  it('has every arm beside control in each metric, the goal first', () => {
    expect(groups.map(({ metric, slice, arms }) => [metric, slice, arms.map(({ arm }) => arm).join(' ')])).toEqual([
      ['task_success', '_all', 'warm brief'],
      ['error_rate', '_all', 'warm brief'],
      ['error_rate', 'a=b', 'warm'],
    ]);
    expect(groups[0]!.control).toEqual({ stableValue: 0.01, stableCount: 9_000 });
  });

  it('is won at three times, and stopped at twice what one comparison takes', () => {
    const [won, stopped] = groups;
    expect(won!.arms[0]).toMatchObject({ logE: 3 });
    expect(won!.arms[0]!.logThreshold).toBeCloseTo(Math.log(60));
    expect(stopped!.arms[0]!.logE).toBeCloseTo(2 + Math.log(0.5));
    expect(stopped!.arms[0]!.logThreshold).toBeCloseTo(Math.log(40));
  });

  it('shows the arm that is asked for, else the first', () => {
    expect(armIn(metrics, 'brief')).toBe('brief');
    expect(armIn(metrics, 'nobody')).toBe('warm');
    expect(armIn([entry()], undefined)).toBeNull();
    const arms = [{ name: 'stable', version: 'v2', weightPct: 100 }];
    expect(armNames({ metrics, experiment, arms })).toEqual(['stable', 'warm', 'brief']);
  });
});

describe('the judge of a metric', () => {
  const judges = [
    { metric: 'empathy', judge: 'llm:openai/gpt-4o@1f', modelFamily: 'gpt', akinTo: ['v2'] },
    { metric: 'kindness', judge: 'llm:house:7b@2', modelFamily: '', akinTo: [] },
  ];
  it.each([
    ['error_rate', 'measured', null],
    ['rating', 'what clients say', null],
    ['tool_validity', 'rules', null],
    ['a_rubric', 'a judge model', null],
    ['empathy', 'openai/gpt-4o (gpt)', 'same family as v2'],
    ['kindness', 'house:7b (family not known)', null],
  ])('of %s is %s, with %s', (metric, by, warning) => {
    expect(judgedBy(metric, judges)).toEqual({ by, warning });
  });
});

describe('the range of a chart', () => {
  it('leaves out the wide limits of the first looks, and no value of the difference', () => {
    const limits = { values: [900, 90, 9, 3, 2, 1], isLimit: true };
    const [low, high] = rangeOf([limits, { values: [-20, 0, 1, 1, 1, 1] }])!;
    expect(low).toBeLessThan(-20);
    expect(low).toBeGreaterThan(-30);
    expect(high).toBeGreaterThan(9);
    expect(high).toBeLessThan(20);
  });

  it('ends at its floor, and is none without values', () => {
    expect(rangeOf([{ values: [-1_000, 3] }], -4)![0]).toBeGreaterThan(-6);
    expect(rangeOf([{ values: [null] }])).toBeUndefined();
    const [low, high] = rangeOf([{ values: [0, 0] }])!;
    expect(high).toBeGreaterThan(low);
  });
});
