import { describe, expect, it } from 'vitest';
import { joined, many, NO_DROP, type Pairs, rulesOf, saidOf, sidesOf, told } from './verdict.fixture.ts';
import { judgeGate } from './verdict.ts';

describe('a comparison with the baseline', () => {
  it('fails where the drop is more than is allowed and no chance', () => {
    const { verdict, row, sentence } = told(sidesOf([many(140, 1, 1), many(30, 0, 1), many(30, 0, 0)]));
    expect(verdict).toBe('fail');
    expect(row).toMatchObject({ candidate: 0.7, baseline: 0.85, threshold: 5, p: 2 ** -30, verdict: 'fail' });
    expect(row.difference).toBeCloseTo(-0.15, 12);
    expect(row.dropPct).toBeCloseTo((100 * 15) / 85, 10);
    expect(row.worst).toEqual(Array.from({ length: 10 }, (_, i) => `q${140 + i}`));
    expect(sentence).toBe(
      'task_success fell by 17.6 %, from 85 % to 70 %, more than the 5 % allowed, and not by chance: p < 0.0001 [n=200]',
    );
  });

  it('passes a drop that could be chance, and says so', () => {
    const drop = saidOf([many(37, 1, 1), many(6, 0, 1), many(3, 1, 0), many(4, 0, 0)], {
      metric: 'task_success',
      maxDropPct: 5,
    });
    expect(drop).toBe('pass: task_success fell by 6.98 %, from 86 % to 80 % [n=50], could be chance: p = 0.25');
  });

  it('passes a real drop that is allowed, to the very percent', () => {
    const pairs: Pairs = [many(95, 1, 1), many(5, 0, 1)];
    expect(saidOf(pairs, { metric: 'task_success', maxDropPct: 5 })).toBe(
      'pass: task_success fell by 5 %, from 100 % to 95 %, within the 5 % allowed [n=100]',
    );
    expect(saidOf(pairs, { metric: 'task_success', maxDropPct: 4.9 })).toMatch(/^fail/);
  });

  it('passes a version against itself, and one that is better', () => {
    const criterion = { metric: 'task_success', maxDropPct: 0 };
    expect(saidOf([many(90, 1, 1), many(10, 0, 0)], criterion)).toBe('pass: task_success is the same, 90 % [n=100]');
    expect(saidOf([many(90, 1, 1), many(10, 1, 0)], criterion)).toBe(
      'pass: task_success rose by 11.1 %, from 90 % to 100 % [n=100]',
    );
  });

  it('takes a rise for the drop of what is better low, and any rise from nothing for too much', () => {
    const criterion = { metric: 'toxicity', maxDropPct: 50 };
    expect(saidOf([many(20, 1, 0), many(180, 0, 0)], criterion, 'toxicity')).toBe(
      'fail: toxicity rose from 0 % to 10 %, more than the 50 % allowed, and not by chance: p < 0.0001 [n=200]',
    );
    expect(
      told(sidesOf([many(20, 1, 0), many(180, 0, 0)], { metric: 'toxicity' }), rulesOf([criterion])).row.dropPct,
    ).toBeNull();
    expect(saidOf([many(20, 0, 1), many(180, 0, 0)], criterion, 'toxicity')).toBe(
      'pass: toxicity fell by 100 %, from 10 % to 0 % [n=200]',
    );
  });

  it('compares scores by their means', () => {
    expect(
      saidOf([many(40, 0.5, 0.75), many(60, 0.8, 0.8)], { metric: 'faithfulness', maxDropPct: 5 }, 'faithfulness'),
    ).toBe(
      'fail: faithfulness fell by 12.8 %, from 0.78 to 0.68, more than the 5 % allowed, and not by chance: p < 0.0001 [n=100]',
    );
  });

  it('compares latencies by the typical question, and what is paid by its amount', () => {
    const one60s: Pairs = [many(1, 60, 1), many(50, 1, 1.1), many(49, 1.1, 1)];
    expect(saidOf(one60s, { metric: 'latency', maxDropPct: 10 }, 'latency')).toMatch(/^pass: latency rose by 4\.0\d %/);
    expect(saidOf(one60s, { metric: 'cost', maxDropPct: 10 }, 'cost')).toMatch(
      /^pass: cost rose by .* could be chance/,
    );
    expect(saidOf([many(100, 1.3, 1)], { metric: 'latency', maxDropPct: 20 }, 'latency')).toBe(
      'fail: latency rose by 30 %, from 1 s to 1.3 s (geometric means), more than the 20 % allowed, and not by chance: p < 0.0001 [n=100]',
    );
    const dear: Pairs = [many(10, 20, 2), many(90, 2, 2)];
    expect(saidOf(dear, { metric: 'cost', maxDropPct: 20 }, 'cost')).toMatch(/^fail: cost rose by 90 %, from \$0.002/);
    expect(saidOf([many(100, 0, 0)], { metric: 'latency', maxDropPct: 20 }, 'latency')).toMatch(
      /^pass: latency is the same/,
    );
  });

  it('counts a session as one observation, however many questions it has', () => {
    const session = (i: number, values: readonly [number, number]) =>
      sidesOf([[20, ...values]], { cluster: `s${i}` }, `s${i}q`);
    const sides = joined(...Array.from({ length: 8 }, (_, i) => session(i, i < 3 ? [0, 1] : i < 5 ? [1, 0] : [1, 1])));
    const { verdict, sentence } = told(sides);
    expect(verdict).toBe('pass');
    expect(sentence).toBe(
      'task_success fell by 16.7 %, from 75 % to 63 % [n=160 in 8 clusters], could be chance: p = 0.5',
    );
  });

  it('is inconclusive with so few questions that no drop could be told from chance', () => {
    expect(saidOf([many(4, 0, 1)], { metric: 'task_success', maxDropPct: 5 })).toBe(
      'inconclusive: task_success fell by 100 %, from 100 % to 0 % [n=4]: too few to tell a drop from chance, 5 are needed',
    );
    expect(saidOf([many(4, 1, 1)], { metric: 'task_success', maxDropPct: 5 })).toMatch(/^inconclusive/);
    expect(saidOf([many(5, 0, 1)], { metric: 'task_success', maxDropPct: 5 })).toMatch(/^fail/);
  });

  it('is inconclusive without a baseline', () => {
    const { candidate } = sidesOf([many(100, 1, 1)]);
    const { verdict, rows } = judgeGate(NO_DROP, candidate, null);
    expect([verdict, rows[0]!.sentence]).toEqual(['inconclusive', 'task_success has no baseline to be compared with']);
  });
});

describe('values that are not there', () => {
  it('let nothing pass where more than 5 % are missing by an error, on either side', () => {
    const criterion = { metric: 'task_success', maxDropPct: 5 };
    expect(saidOf([many(95, 1, 1), many(3, 'error', 1), many(2, 1, 'error')], criterion)).toBe(
      'pass: task_success is the same, 100 % [n=95]; 5 questions could not be measured',
    );
    expect(saidOf([many(94, 1, 1), many(6, 1, 'error')], criterion)).toBe(
      'inconclusive: task_success is the same, 100 % [n=94]; 6 questions could not be measured, which is too many to tell',
    );
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, 1e300])
      expect(saidOf([many(100, odd, 1)], criterion)).toMatch(/^inconclusive: task_success has no value on both sides/);
  });

  it('count questions that one side was not asked, and metrics that were not measured', () => {
    const { candidate, baseline } = sidesOf([many(100, 1, 1)]);
    expect(told({ candidate, baseline: baseline.slice(6) }).sentence).toContain('6 questions could not be measured');
    expect(told({ candidate: candidate.slice(6), baseline }).verdict).toBe('inconclusive');
    expect(told({ candidate, baseline }, rulesOf([{ metric: 'toxicity', maxDropPct: 5 }])).verdict).toBe(
      'inconclusive',
    );
    expect(told({ candidate, baseline }, rulesOf([{ metric: 'toxicity', max: 0.1 }])).verdict).toBe('inconclusive');
  });

  it('do not hide a drop that is proven without them', () => {
    expect(saidOf([many(50, 0, 1), many(50, 1, 'error')], { metric: 'task_success', maxDropPct: 5 })).toMatch(/^fail/);
  });

  it('are told where the metric applies to one side alone, and let nothing pass where the candidate really has fewer', () => {
    const criterion = { metric: 'task_success', maxDropPct: 5 };
    const noisy: Pairs = [many(80, 1, 1), many(8, null, 1), many(7, 1, null), many(5, null, null)];
    expect(saidOf(noisy, criterion)).toBe(
      'pass: task_success is the same, 100 % [n=80]; it applies to the baseline alone in 8 questions and to the candidate alone in 7 questions',
    );
    const silent: Pairs = [many(80, 1, 1), many(20, null, 1)];
    expect(saidOf(silent, criterion)).toBe(
      "inconclusive: task_success is the same, 100 % [n=80], but applies to fewer of the candidate's answers, not by chance: p < 0.0001; it applies to the baseline alone in 20 questions and to the candidate alone in 0 questions",
    );
    expect(saidOf(silent, { ...criterion, appliesLoss: 1 })).toMatch(/^pass/);
    expect(saidOf([many(100, null, null)], criterion)).toMatch(
      /^inconclusive: task_success has no value on both sides/,
    );
  });
});
