import { describe, expect, it } from 'vitest';
import { judged, many, type Pairs, saidOf, sidesOf } from './verdict.fixture.ts';

describe('a bound', () => {
  const faithfulness = (pairs: Pairs) => saidOf(pairs, { metric: 'faithfulness', min: 0.9 }, 'faithfulness');

  it('is held against the mean', () => {
    expect(faithfulness([many(100, 0.9, 1)])).toBe('pass: faithfulness is 0.9, at least 0.9 [n=100]');
    expect(faithfulness([many(50, 0.8, 1), many(50, 0.9, 1)])).toBe(
      'fail: faithfulness is 0.85, below the least allowed, 0.9 [n=100]',
    );
    expect(saidOf([many(3, 1, 0), many(97, 0, 0)], { metric: 'toxicity', max: 0.02 }, 'toxicity')).toBe(
      'fail: toxicity is 3 %, above the most allowed, 2 % [n=100]',
    );
  });

  it('is held against a quantile of the answers, of what is better high against the lower tail', () => {
    const slow: Pairs = [many(94, 1, 1), many(6, 3, 1)];
    expect(saidOf(slow, { metric: 'latency', p95: '2s' }, 'latency')).toBe(
      'fail: latency has a 95th percentile of 3 s, above the most allowed, 2 s [n=100]',
    );
    expect(saidOf([many(95, 1, 1), many(5, 3, 1)], { metric: 'latency', p95: '2s' }, 'latency')).toMatch(/^pass/);
    expect(saidOf([many(95, 30, 1), many(5, 3, 1)], { metric: 'throughput', p95: 20 }, 'throughput')).toMatch(/^pass/);
    expect(saidOf([many(94, 30, 1), many(6, 3, 1)], { metric: 'throughput', p95: 20 }, 'throughput')).toBe(
      'fail: throughput has a 5th percentile of 3 tokens a second, below the least allowed, 20 tokens a second [n=100]',
    );
  });

  it('of a check is a share of the answers', () => {
    const check = (minPct: number) =>
      saidOf([many(97, 1, 1), many(3, 0, 1)], { check: 'polite', matches: 'please', minPct }, 'polite');
    expect(check(97)).toBe('pass: polite holds for 97 % of the answers, at least 97 % [n=100]');
    expect(check(98)).toBe('fail: polite holds for 97 % of the answers, below the least allowed, 98 % [n=100]');
  });

  it('is inconclusive where more than 5 % could not be measured, or nothing', () => {
    expect(faithfulness([many(94, 1, 1), many(6, 'error', 1)])).toBe(
      'inconclusive: faithfulness is 1, at least 0.9 [n=94]; 6 questions could not be measured, which is too many to tell',
    );
    expect(faithfulness([many(50, null, 1)])).toBe('inconclusive: faithfulness has no value in any of 50 questions');
  });

  it('on failed requests is there without being asked for', () => {
    const sides = sidesOf([many(100, 1, 1)]);
    const failing = sides.candidate.map((one, i) => ({
      ...one,
      values: { ...one.values, error_rate: { value: i < 3 ? 1 : 0 } },
    }));
    const { verdict, rows } = judged({ ...sides, candidate: failing });
    expect(verdict).toBe('fail');
    expect(rows.at(-1)).toMatchObject({ name: 'error_rate', candidate: 0.03, worst: ['q0', 'q1', 'q2'] });
  });
});
