import { pairCases } from '../../cli/gate/verdict/case-pairs.ts';
import { meanOf, readingOf } from '../../cli/gate/reading.ts';
import { sliceGroups } from '../../cli/gate/verdict/slice-groups.ts';
import { signFlipTest } from '../../cli/gate/statistics/sign-flip.ts';
import { type GateRules, judgeGate } from '../../cli/gate/verdict/verdict.ts';
import { criterionName } from '../../schemas/gate-plan.ts';
import type { Sides } from './worlds.ts';

/** Which rules let a change not pass. */
export type Blocked = { bare: boolean; mcNemar: boolean; gate: boolean; inconclusive: boolean };

/** Both sides' values of each question, one repeat's or the mean of several, where both have one. */
const valuesOf = ({ candidate, baseline }: Sides, name: string, slices: readonly string[]): [number, number][][] => {
  const repeats = 1 + Math.max(...candidate.map(({ repeat }) => repeat));
  return sliceGroups(slices, pairCases(candidate, baseline)).map(({ cases }) =>
    cases.flatMap((one): [number, number][] => {
      const [own, other] = [readingOf(one.candidate, name, repeats), readingOf(one.baseline, name, repeats)];
      return own.mean === null || other.mean === null ? [] : [[own.mean, other.mean]];
    }),
  );
};

/**
 * The gate beside two that are often written: `bare`, which blocks where a mean is more than the allowed percentage below the
 * baseline's, and McNemar's test alone, which blocks where a rate is worse with p ≤ α, question by question. Both look at each metric and
 * slice by itself, all of which are better high.
 */
export const blockedBy = (rules: GateRules, sides: Sides): Blocked => {
  const groups = rules.criteria.flatMap((criterion) => {
    const { maxDropPct } = criterion;
    if (maxDropPct === null) return [];
    const name = criterionName(criterion);
    const values = valuesOf(sides, name, criterion.slices ? rules.slices : []);
    return values.map((pairs) => ({ isRate: name === 'task_success', maxDropPct, pairs }));
  });
  const { verdict } = judgeGate(rules, sides.candidate, sides.baseline);
  return {
    bare: groups.some(({ pairs, maxDropPct }) => {
      const [own, other] = [meanOf(pairs.map(([own]) => own)), meanOf(pairs.map(([, other]) => other))];
      return own < other * (1 - maxDropPct / 100);
    }),
    mcNemar: groups.some(
      ({ pairs, isRate }) => isRate && signFlipTest(pairs.map(([own, other]) => other - own)).p <= rules.alpha,
    ),
    gate: verdict === 'fail',
    inconclusive: verdict === 'inconclusive',
  };
};
