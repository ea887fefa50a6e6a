import { describe, expect, it } from 'vitest';
import { joined, judged, many, type Pairs, rulesOf, type Sides, sidesOf } from './verdict.fixture.ts';

describe('slices', () => {
  const sliced = (category: string, pairs: Pairs): Sides => sidesOf(pairs, { slices: { category } }, category);
  const rules = rulesOf([{ metric: 'task_success', maxDropPct: 5, slices: true }], { slices: ['category'] });

  it('are held apart, so that one that collapses is named though the whole is as good', () => {
    const sides = joined(
      sliced('simple', [many(40, 1, 0), many(60, 1, 1)]),
      sliced('irrelevance', [many(30, 0, 1), many(10, 1, 1)]),
    );
    const { verdict, rows } = judged(sides, rules);
    expect(verdict).toBe('fail');
    expect(rows.map(({ slice, verdict }) => [slice?.value ?? 'all', verdict])).toEqual([
      ['all', 'pass'],
      ['simple', 'pass'],
      ['irrelevance', 'fail'],
      ['all', 'pass'],
    ]);
    expect(rows[2]!.sentence).toContain('task_success where category is irrelevance fell by 75 %');
  });

  it('of few questions are held apart together', () => {
    const small = ['a', 'b', 'c', 'd'].map((value) => sliced(value, [many(3, 0, 1)]));
    const { rows } = judged(joined(sliced('large', [many(100, 1, 1)]), ...small), rules);
    expect(rows.slice(1, 3).map(({ slice, counts, verdict }) => [slice?.value, counts.questions, verdict])).toEqual([
      ['large', 100, 'pass'],
      ['_other', 12, 'fail'],
    ]);
  });

  it('that are too small to be told from chance are inconclusive if they fell, and else pass', () => {
    const large = sliced('large', [many(100, 1, 1)]);
    const fell = judged(joined(large, sliced('small', [many(1, 0, 1), many(3, 1, 1)])), rules);
    expect(fell.rows[2]).toMatchObject({ slice: { value: '_other' }, verdict: 'inconclusive' });
    expect(fell.verdict).toBe('inconclusive');
    expect(judged(joined(large, sliced('small', [many(4, 1, 1)])), rules).verdict).toBe('pass');
  });

  it('share one half of α: what alone would be real may be chance among many', () => {
    const slice = (value: string, pairs: Pairs) => sliced(value, pairs);
    const fallen = slice('fallen', [many(6, 0, 1), many(14, 1, 1)]);
    expect(judged(fallen).verdict).toBe('fail');
    const equal = Array.from({ length: 6 }, (_, i) => slice(`s${i}`, [many(8, 0, 1), many(8, 1, 0), many(4, 1, 1)]));
    const { verdict, rows } = judged(joined(fallen, ...equal), rules);
    expect(verdict).toBe('pass');
    expect(rows.find(({ slice }) => slice?.value === 'fallen')!.p).toBeCloseTo((2 * 7) / 64, 12);
  });

  it('without one value are left out, and no other test pays for them', () => {
    const sides = joined(sliced('tools', [many(5, 0, 1), many(95, 1, 1)]), sliced('none', [many(50, null, null)]));
    const { rows } = judged(sides, rules);
    expect(rows.map(({ slice }) => slice?.value ?? 'all')).toEqual(['all', 'tools', 'all']);
  });
});
