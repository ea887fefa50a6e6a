import { describe, expect, it } from 'vitest';
import { answer, rulesOf, type Sides, told } from './verdict.fixture.ts';

describe('repeats', () => {
  /** So many questions of each row of the candidate's values, one for each repeat; the baseline's is always 1. */
  const repeated = (rows: Readonly<Record<string, number>>): Sides => {
    const cases = Object.entries(rows).flatMap(([row, count]) => Array.from({ length: count }, () => row.split(' ')));
    const side = (of: (value: string) => number) =>
      cases.flatMap((row, i) => row.map((value, repeat) => answer(`q${i}`, of(value), { repeat })));
    return { candidate: side(Number), baseline: side(() => 1) };
  };

  it('of a case on both sides count by their mean', () => {
    const { row } = told(repeated({ '1 1': 40, '1 0': 20, '0 1': 20 }));
    expect(row).toMatchObject({ candidate: 0.75, baseline: 1, verdict: 'fail' });
    expect(row.p).toBe(2 ** -40);
  });

  it('that break a bound and keep it leave it undecided', () => {
    const rules = rulesOf([{ metric: 'task_success', min: 0.9 }]);
    const mixed = told(repeated({ '1 1': 88, '1 0': 6, '0 0': 6 }), rules);
    expect(mixed.row.verdict).toBe('inconclusive');
    expect(mixed.sentence).toBe(
      'task_success is 91 %, and is on both sides of 90 % in single repeats; ask more questions, or more often [n=100]',
    );
    expect(told(repeated({ '1 1': 80, '0 0': 20 }), rules).row.verdict).toBe('fail');
    expect(told(repeated({ '1 1': 92, '0 0': 8 }), rules).row.verdict).toBe('pass');
  });

  it('of which some drop by more than is allowed and others don’t leave a real drop undecided', () => {
    const { row, sentence } = told(repeated({ '1 1': 90, '0 1': 6, '0 0': 4 }));
    expect(row.verdict).toBe('inconclusive');
    expect(sentence).toBe(
      'task_success fell by 7 %, from 100 % to 93 %, not by chance: p = 0.00098 [n=100]; by single repeats it is worse by 4 to 10 %, on both sides of the 5 % allowed; ask more questions, or more often',
    );
  });

  it('that one side alone has are left out of the comparison', () => {
    const { candidate, baseline } = repeated({ '1 0 0': 50, '1 1 1': 50 });
    const { row } = told({ candidate, baseline: baseline.filter(({ repeat }) => repeat === 0) });
    expect(row).toMatchObject({ candidate: 1, verdict: 'pass' });
  });
});
