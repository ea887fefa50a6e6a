import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { answer, joined, type Pairs, rulesOf, type Sides, sidesOf } from './measured.fixture.ts';
import { EXIT_CODES, type GateRules, judgeGate } from './verdict.ts';

const NO_DROP = rulesOf([{ metric: 'task_success', maxDropPct: 5 }]);
const judged = ({ candidate, baseline }: Sides, rules = NO_DROP) => judgeGate(rules, candidate, baseline);

/** The first row, which is about all questions. */
const told = (sides: Sides, rules: GateRules = NO_DROP) => {
  const { verdict, rows } = judged(sides, rules);
  return { verdict, row: rows[0]!, sentence: rows[0]!.sentence };
};
const saidOf = (pairs: Pairs, criterion: object, metric = 'task_success') => {
  const { verdict, sentence } = told(sidesOf(pairs, { metric }), rulesOf([criterion]));
  return `${verdict}: ${sentence}`;
};

describe('a comparison with the baseline', () => {
  it('fails where the drop is more than is allowed and no chance', () => {
    const { verdict, row, sentence } = told(
      sidesOf([
        [140, 1, 1],
        [30, 0, 1],
        [30, 0, 0],
      ]),
    );
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
    const drop = saidOf(
      [
        [37, 1, 1],
        [6, 0, 1],
        [3, 1, 0],
        [4, 0, 0],
      ],
      { metric: 'task_success', maxDropPct: 5 },
    );
    expect(drop).toBe('pass: task_success fell by 6.98 %, from 86 % to 80 % [n=50], could be chance: p = 0.25');
  });

  it('passes a real drop that is allowed, to the very percent', () => {
    const pairs: Pairs = [
      [95, 1, 1],
      [5, 0, 1],
    ];
    expect(saidOf(pairs, { metric: 'task_success', maxDropPct: 5 })).toBe(
      'pass: task_success fell by 5 %, from 100 % to 95 %, within the 5 % allowed [n=100]',
    );
    expect(saidOf(pairs, { metric: 'task_success', maxDropPct: 4.9 })).toMatch(/^fail/);
  });

  it('passes a version against itself, and one that is better', () => {
    const criterion = { metric: 'task_success', maxDropPct: 0 };
    expect(
      saidOf(
        [
          [90, 1, 1],
          [10, 0, 0],
        ],
        criterion,
      ),
    ).toBe('pass: task_success is the same, 90 % [n=100]');
    expect(
      saidOf(
        [
          [90, 1, 1],
          [10, 1, 0],
        ],
        criterion,
      ),
    ).toBe('pass: task_success rose by 11.1 %, from 90 % to 100 % [n=100]');
  });

  it('takes a rise for the drop of what is better low, and any rise from nothing for too much', () => {
    const criterion = { metric: 'toxicity', maxDropPct: 50 };
    expect(
      saidOf(
        [
          [20, 1, 0],
          [180, 0, 0],
        ],
        criterion,
        'toxicity',
      ),
    ).toBe('fail: toxicity rose from 0 % to 10 %, more than the 50 % allowed, and not by chance: p < 0.0001 [n=200]');
    expect(
      told(
        sidesOf(
          [
            [20, 1, 0],
            [180, 0, 0],
          ],
          { metric: 'toxicity' },
        ),
        rulesOf([criterion]),
      ).row.dropPct,
    ).toBeNull();
    expect(
      saidOf(
        [
          [20, 0, 1],
          [180, 0, 0],
        ],
        criterion,
        'toxicity',
      ),
    ).toBe('pass: toxicity fell by 100 %, from 10 % to 0 % [n=200]');
  });

  it('compares scores by their means', () => {
    expect(
      saidOf(
        [
          [40, 0.5, 0.75],
          [60, 0.8, 0.8],
        ],
        { metric: 'faithfulness', maxDropPct: 5 },
        'faithfulness',
      ),
    ).toBe(
      'fail: faithfulness fell by 12.8 %, from 0.78 to 0.68, more than the 5 % allowed, and not by chance: p < 0.0001 [n=100]',
    );
  });

  it('compares latencies by the typical question, and what is paid by its amount', () => {
    const one60s: Pairs = [
      [1, 60, 1],
      [50, 1, 1.1],
      [49, 1.1, 1],
    ];
    expect(saidOf(one60s, { metric: 'latency', maxDropPct: 10 }, 'latency')).toMatch(/^pass: latency rose by 4\.0\d %/);
    expect(saidOf(one60s, { metric: 'cost', maxDropPct: 10 }, 'cost')).toMatch(
      /^pass: cost rose by .* could be chance/,
    );
    expect(saidOf([[100, 1.3, 1]], { metric: 'latency', maxDropPct: 20 }, 'latency')).toBe(
      'fail: latency rose by 30 %, from 1 s to 1.3 s, more than the 20 % allowed, and not by chance: p < 0.0001 [n=100]',
    );
    const dear: Pairs = [
      [10, 20, 2],
      [90, 2, 2],
    ];
    expect(saidOf(dear, { metric: 'cost', maxDropPct: 20 }, 'cost')).toMatch(/^fail: cost rose by 90 %, from \$0.002/);
    expect(saidOf([[100, 0, 0]], { metric: 'latency', maxDropPct: 20 }, 'latency')).toMatch(
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
    expect(saidOf([[4, 0, 1]], { metric: 'task_success', maxDropPct: 5 })).toBe(
      'inconclusive: task_success fell by 100 %, from 100 % to 0 % [n=4]: too few to tell a drop from chance, 5 are needed',
    );
    expect(saidOf([[4, 1, 1]], { metric: 'task_success', maxDropPct: 5 })).toMatch(/^inconclusive/);
    expect(saidOf([[5, 0, 1]], { metric: 'task_success', maxDropPct: 5 })).toMatch(/^fail/);
  });

  it('is inconclusive without a baseline', () => {
    const { candidate } = sidesOf([[100, 1, 1]]);
    const { verdict, rows } = judgeGate(NO_DROP, candidate, null);
    expect([verdict, rows[0]!.sentence]).toEqual(['inconclusive', 'task_success has no baseline to be compared with']);
  });
});

describe('values that are not there', () => {
  it('let nothing pass where more than 5 % are missing by an error, on either side', () => {
    const criterion = { metric: 'task_success', maxDropPct: 5 };
    expect(
      saidOf(
        [
          [95, 1, 1],
          [3, 'error', 1],
          [2, 1, 'error'],
        ],
        criterion,
      ),
    ).toBe('pass: task_success is the same, 100 % [n=95]; 5 questions could not be measured');
    expect(
      saidOf(
        [
          [94, 1, 1],
          [6, 1, 'error'],
        ],
        criterion,
      ),
    ).toBe(
      'inconclusive: task_success is the same, 100 % [n=94]; 6 questions could not be measured, which is too many to tell',
    );
    expect(saidOf([[100, Number.NaN, 1]], criterion)).toMatch(/^inconclusive: task_success has no value on both sides/);
  });

  it('count questions that one side was not asked, and metrics that were not measured', () => {
    const { candidate, baseline } = sidesOf([[100, 1, 1]]);
    expect(told({ candidate, baseline: baseline.slice(6) }).sentence).toContain('6 questions could not be measured');
    expect(told({ candidate: candidate.slice(6), baseline }).verdict).toBe('inconclusive');
    expect(told({ candidate, baseline }, rulesOf([{ metric: 'toxicity', maxDropPct: 5 }])).verdict).toBe(
      'inconclusive',
    );
    expect(told({ candidate, baseline }, rulesOf([{ metric: 'toxicity', max: 0.1 }])).verdict).toBe('inconclusive');
  });

  it('do not hide a drop that is proven without them', () => {
    expect(
      saidOf(
        [
          [50, 0, 1],
          [50, 1, 'error'],
        ],
        { metric: 'task_success', maxDropPct: 5 },
      ),
    ).toMatch(/^fail/);
  });

  it('are told where the metric applies to one side alone, and let nothing pass where the candidate really has fewer', () => {
    const criterion = { metric: 'task_success', maxDropPct: 5 };
    const noisy: Pairs = [
      [80, 1, 1],
      [8, null, 1],
      [7, 1, null],
      [5, null, null],
    ];
    expect(saidOf(noisy, criterion)).toBe(
      'pass: task_success is the same, 100 % [n=80]; it applies to the baseline alone in 8 questions and to the candidate alone in 7 questions',
    );
    const silent: Pairs = [
      [80, 1, 1],
      [20, null, 1],
    ];
    expect(saidOf(silent, criterion)).toBe(
      "inconclusive: task_success is the same, 100 % [n=80], but applies to fewer of the candidate's answers, not by chance: p < 0.0001; it applies to the baseline alone in 20 questions and to the candidate alone in 0 questions",
    );
    expect(saidOf(silent, { ...criterion, appliesLoss: 1 })).toMatch(/^pass/);
    expect(saidOf([[100, null, null]], criterion)).toMatch(/^inconclusive: task_success has no value on both sides/);
  });
});

describe('a bound', () => {
  const faithfulness = (pairs: Pairs) => saidOf(pairs, { metric: 'faithfulness', min: 0.9 }, 'faithfulness');

  it('is held against the mean', () => {
    expect(faithfulness([[100, 0.9, 1]])).toBe('pass: faithfulness is 0.9, at least 0.9 [n=100]');
    expect(
      faithfulness([
        [50, 0.8, 1],
        [50, 0.9, 1],
      ]),
    ).toBe('fail: faithfulness is 0.85, below the least allowed, 0.9 [n=100]');
    expect(
      saidOf(
        [
          [3, 1, 0],
          [97, 0, 0],
        ],
        { metric: 'toxicity', max: 0.02 },
        'toxicity',
      ),
    ).toBe('fail: toxicity is 3 %, above the most allowed, 2 % [n=100]');
  });

  it('is held against a quantile of the answers, of what is better high against the lower tail', () => {
    const slow: Pairs = [
      [94, 1, 1],
      [6, 3, 1],
    ];
    expect(saidOf(slow, { metric: 'latency', p95: '2s' }, 'latency')).toBe(
      'fail: latency has a 95th percentile of 3 s, above the most allowed, 2 s [n=100]',
    );
    expect(
      saidOf(
        [
          [95, 1, 1],
          [5, 3, 1],
        ],
        { metric: 'latency', p95: '2s' },
        'latency',
      ),
    ).toMatch(/^pass/);
    expect(
      saidOf(
        [
          [95, 30, 1],
          [5, 3, 1],
        ],
        { metric: 'throughput', p95: 20 },
        'throughput',
      ),
    ).toMatch(/^pass/);
    expect(
      saidOf(
        [
          [94, 30, 1],
          [6, 3, 1],
        ],
        { metric: 'throughput', p95: 20 },
        'throughput',
      ),
    ).toBe(
      'fail: throughput has a 5th percentile of 3 tokens a second, below the least allowed, 20 tokens a second [n=100]',
    );
  });

  it('of a check is a share of the answers', () => {
    const check = (minPct: number) =>
      saidOf(
        [
          [97, 1, 1],
          [3, 0, 1],
        ],
        { check: 'polite', matches: 'please', minPct },
        'polite',
      );
    expect(check(97)).toBe('pass: polite holds for 97 % of the answers, at least 97 % [n=100]');
    expect(check(98)).toBe('fail: polite holds for 97 % of the answers, below the least allowed, 98 % [n=100]');
  });

  it('is inconclusive where more than 5 % could not be measured, or nothing', () => {
    expect(
      faithfulness([
        [94, 1, 1],
        [6, 'error', 1],
      ]),
    ).toBe(
      'inconclusive: faithfulness is 1, at least 0.9 [n=94]; 6 questions could not be measured, which is too many to tell',
    );
    expect(faithfulness([[50, null, 1]])).toBe('inconclusive: faithfulness has no value in any of 50 questions');
  });

  it('on failed requests is there without being asked for', () => {
    const sides = sidesOf([[100, 1, 1]]);
    const failing = sides.candidate.map((one, i) => ({
      ...one,
      values: { ...one.values, error_rate: { value: i < 3 ? 1 : 0 } },
    }));
    const { verdict, rows } = judged({ ...sides, candidate: failing });
    expect(verdict).toBe('fail');
    expect(rows.at(-1)).toMatchObject({ name: 'error_rate', candidate: 0.03, worst: ['q0', 'q1', 'q2'] });
  });
});

describe('repeats', () => {
  /** Each question with the candidate's value in each repeat, the baseline's being always 1. */
  const repeated = (
    rows: readonly (readonly [count: number, ...values: number[]])[],
    metric = 'task_success',
  ): Sides => {
    const cases = rows.flatMap(([count, ...values]) => Array.from({ length: count }, () => values));
    const side = (of: (value: number) => number) =>
      cases.flatMap((values, i) => values.map((value, repeat) => answer(`q${i}`, of(value), { repeat, metric })));
    return { candidate: side((value) => value), baseline: side(() => 1) };
  };

  it('of a case on both sides count by their mean', () => {
    const { row } = told(
      repeated([
        [40, 1, 1],
        [20, 1, 0],
        [20, 0, 1],
      ]),
    );
    expect(row).toMatchObject({ candidate: 0.75, baseline: 1, verdict: 'fail' });
    expect(row.p).toBe(2 ** -40);
  });

  it('that break a bound and keep it leave it undecided', () => {
    const rules = rulesOf([{ metric: 'task_success', min: 0.9 }]);
    const mixed = told(
      repeated([
        [88, 1, 1],
        [6, 1, 0],
        [6, 0, 0],
      ]),
      rules,
    );
    expect(mixed.row.verdict).toBe('inconclusive');
    expect(mixed.sentence).toBe(
      'task_success is 91 %, and is on both sides of 90 % in single repeats; ask more questions, or more often [n=100]',
    );
    expect(
      told(
        repeated([
          [80, 1, 1],
          [20, 0, 0],
        ]),
        rules,
      ).row.verdict,
    ).toBe('fail');
    expect(
      told(
        repeated([
          [92, 1, 1],
          [8, 0, 0],
        ]),
        rules,
      ).row.verdict,
    ).toBe('pass');
  });

  it('of which some drop by more than is allowed and others don’t leave a real drop undecided', () => {
    const { row, sentence } = told(
      repeated([
        [90, 1, 1],
        [6, 0, 1],
        [4, 0, 0],
      ]),
    );
    expect(row.verdict).toBe('inconclusive');
    expect(sentence).toBe(
      'task_success fell by 7 %, from 100 % to 93 %, not by chance: p = 0.00098 [n=100]; by single repeats it is worse by 4 to 10 %, on both sides of the 5 % allowed; ask more questions, or more often',
    );
  });

  it('that one side alone has are left out of the comparison', () => {
    const { candidate, baseline } = repeated([
      [50, 1, 0, 0],
      [50, 1, 1, 1],
    ]);
    const { row } = told({ candidate, baseline: baseline.filter(({ repeat }) => repeat === 0) });
    expect(row).toMatchObject({ candidate: 1, verdict: 'pass' });
  });
});

describe('slices', () => {
  const sliced = (category: string, pairs: Pairs): Sides => sidesOf(pairs, { slices: { category } }, category);
  const rules = rulesOf([{ metric: 'task_success', maxDropPct: 5, slices: true }], { slices: ['category'] });

  it('are held apart, so that one that collapses is named though the whole is as good', () => {
    const sides = joined(
      sliced('simple', [
        [40, 1, 0],
        [60, 1, 1],
      ]),
      sliced('irrelevance', [
        [30, 0, 1],
        [10, 1, 1],
      ]),
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
    const small = ['a', 'b', 'c', 'd'].map((value) => sliced(value, [[3, 0, 1]]));
    const { rows } = judged(joined(sliced('large', [[100, 1, 1]]), ...small), rules);
    expect(rows.slice(1, 3).map(({ slice, counts, verdict }) => [slice?.value, counts.questions, verdict])).toEqual([
      ['large', 100, 'pass'],
      ['_other', 12, 'fail'],
    ]);
  });

  it('that are too small to be told from chance are inconclusive if they fell, and else pass', () => {
    const large = sliced('large', [[100, 1, 1]]);
    const fell = judged(
      joined(
        large,
        sliced('small', [
          [1, 0, 1],
          [3, 1, 1],
        ]),
      ),
      rules,
    );
    expect(fell.rows[2]).toMatchObject({ slice: { value: '_other' }, verdict: 'inconclusive' });
    expect(fell.verdict).toBe('inconclusive');
    expect(judged(joined(large, sliced('small', [[4, 1, 1]])), rules).verdict).toBe('pass');
  });

  it('share one α: what alone would be real may be chance among many', () => {
    const slice = (value: string, pairs: Pairs) => sliced(value, pairs);
    const fallen = slice('fallen', [
      [6, 0, 1],
      [14, 1, 1],
    ]);
    expect(judged(fallen).verdict).toBe('fail');
    const equal = Array.from({ length: 6 }, (_, i) =>
      slice(`s${i}`, [
        [8, 0, 1],
        [8, 1, 0],
        [4, 1, 1],
      ]),
    );
    const { verdict, rows } = judged(joined(fallen, ...equal), rules);
    expect(verdict).toBe('pass');
    expect(rows.find(({ slice }) => slice?.value === 'fallen')!.p).toBeCloseTo(8 / 64, 12);
  });

  it('without one value are left out, and no other test pays for them', () => {
    const sides = joined(
      sliced('tools', [
        [5, 0, 1],
        [95, 1, 1],
      ]),
      sliced('none', [[50, null, null]]),
    );
    const { rows } = judged(sides, rules);
    expect(rows.map(({ slice }) => slice?.value ?? 'all')).toEqual(['all', 'tools', 'all']);
  });
});

describe('the verdict', () => {
  it('ends the program with 0, 3 or 4', () => {
    expect(EXIT_CODES).toEqual({ pass: 0, fail: 3, inconclusive: 4 });
  });

  it('is inconclusive of nothing', () => {
    expect(judgeGate(NO_DROP, [], []).verdict).toBe('inconclusive');
    expect(judgeGate({ ...NO_DROP, criteria: [] }, [], []).verdict).toBe('inconclusive');
  });

  it('fails if anything fails, whatever else is inconclusive', () => {
    const rules = rulesOf([
      { metric: 'task_success', maxDropPct: 5 },
      { metric: 'toxicity', max: 0.1 },
    ]);
    expect(told(sidesOf([[50, 0, 1]]), rules).verdict).toBe('fail');
  });

  it('shows the worst questions of what failed before others, by turns', () => {
    const sides = joined(
      sidesOf(
        [
          [20, 0, 1],
          [30, 1, 1],
        ],
        { slices: { category: 'x' } },
        'x',
      ),
      sidesOf(
        [
          [1, 0, 1],
          [49, 1, 1],
        ],
        { slices: { category: 'y' } },
        'y',
      ),
    );
    const rules = rulesOf([{ metric: 'task_success', maxDropPct: 5, slices: true }], { slices: ['category'] });
    expect(judged(sides, rules).worst).toEqual(Array.from({ length: 10 }, (_, i) => `x${i}`));
  });

  it('is the same whatever the order of the answers', () => {
    const value = fc.constantFrom(0, 0.5, 1, null, 'error' as const);
    const question = fc.record({
      candidate: value,
      baseline: value,
      cluster: fc.nat(9),
      category: fc.constantFrom('a', 'b'),
    });
    const rules = rulesOf([{ metric: 'faithfulness', min: 0.4, maxDropPct: 5, slices: true }], {
      slices: ['category'],
    });
    const verdictOf = (sides: Sides) => {
      const { verdict, rows } = judged(sides, rules);
      return [
        verdict,
        rows.map(({ name, slice, verdict, p, counts }) => [name, slice, verdict, p?.toFixed(9), counts]),
      ];
    };
    fc.assert(
      fc.property(fc.array(question, { maxLength: 60 }), fc.nat(), (questions, seed) => {
        const sides = joined(
          ...questions.map(({ candidate, baseline, cluster, category }, i) =>
            sidesOf(
              [[1, candidate, baseline]],
              { cluster: `c${cluster}`, slices: { category }, metric: 'faithfulness' },
              `${i}-`,
            ),
          ),
        );
        const random = mulberry32(seed);
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((one) => ({ one, at: random() }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
        expect(verdictOf({ candidate: shuffled(sides.candidate), baseline: shuffled(sides.baseline) })).toEqual(
          verdictOf(sides),
        );
      }),
      { numRuns: 50 },
    );
  });
});
