import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joined, judged, many, NO_DROP, rulesOf, type Sides, sidesOf, told } from './verdict.fixture.ts';
import { EXIT_CODES, judgeGate } from './verdict.ts';

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
    expect(told(sidesOf([many(50, 0, 1)]), rules).verdict).toBe('fail');
  });

  it('shows the worst questions of what failed before others, by turns', () => {
    const sides = joined(
      sidesOf([many(20, 0, 1), many(30, 1, 1)], { slices: { category: 'x' } }, 'x'),
      sidesOf([many(1, 0, 1), many(49, 1, 1)], { slices: { category: 'y' } }, 'y'),
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
    const order = fc.array(fc.double({ noNaN: true }), { minLength: 60, maxLength: 60 });
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
      fc.property(fc.array(question, { maxLength: 60 }), order, (questions, order) => {
        const sides = joined(
          ...questions.map(({ candidate, baseline, cluster, category }, i) =>
            sidesOf(
              [many(1, candidate, baseline)],
              { cluster: `c${cluster}`, slices: { category }, metric: 'faithfulness' },
              `${i}-`,
            ),
          ),
        );
        const shuffled = <T>(list: readonly T[]): T[] =>
          [...list.entries()].sort(([a], [b]) => order[a]! - order[b]!).map(([, one]) => one);
        expect(verdictOf({ candidate: shuffled(sides.candidate), baseline: shuffled(sides.baseline) })).toEqual(
          verdictOf(sides),
        );
      }),
      { numRuns: 50 },
    );
  });
});
