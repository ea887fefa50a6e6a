import { numberText } from '../../../schemas/decision-text.ts';
import { lowerRatio } from '../formulas/arm-difference.ts';
import { logDiffer, logMoreThan, logMoreThanBy } from '../formulas/multinomial.ts';
import { divided } from '../formulas/shiryaev-roberts.ts';
import { eventLimits, sampleOfEvents } from './event-limits.ts';
import type { Goal, GoalComparison, GoalState } from './goal-comparison.ts';

const countOf = ({ arms }: GoalState, arm: number): number => arms[arm]!.sum.n;

/** Arm i's share of the conversions of i and j where s times its rate equals j's. */
const boundary = ({ shares }: Goal, i: number, j: number, s: number): number =>
  shares[i]! / (shares[i]! + s * shares[j]!);

/** ln e against "all arms convert alike". */
const logAllDiffer = (state: GoalState, { shares }: Goal): number =>
  divided(
    logDiffer(
      state.arms.map((_, arm) => countOf(state, arm)),
      shares,
    ),
    state.phi,
  );

/** Conversions, by their share among the arms alone: an exact test, in which a late conversion needs no join with its request. */
export const EVENT_COUNTS: GoalComparison<null> = {
  name: 'sequential multinomial',
  about: {
    compares: 'how many events each arm has, by their shares alone',
    metrics: 'events by count (`by: count`)',
    source: 'Lindon & Malek 2022; Robbins 1970',
    file: 'event-counts.ts',
  },
  compares: ({ family }, by) => family === 'event' && by === 'count',
  initial: () => null,
  step: () => null,
  logAbove: (state, goal, i, j) => logMoreThan(countOf(state, i), countOf(state, j), boundary(goal, i, j, 1)),
  logWithin: (state, goal, i, j) => {
    const { margin } = goal.spec;
    const theta = boundary(goal, j, i, 1 + margin);
    const alternatives = [1, 1 + margin / 2].map((s) => boundary(goal, j, i, s));
    return logMoreThanBy(countOf(state, j), countOf(state, i), theta, alternatives);
  },
  limits: (state, goal, i, j, alpha) =>
    eventLimits(state, goal, [i, j], alpha, {
      total: ({ sum }) => sum.n,
      ratioLimit: (own, other, level) =>
        lowerRatio(
          (s) => logMoreThan(countOf(state, own), countOf(state, other), boundary(goal, own, other, s)),
          level,
        ),
    }),
  value: ({ sum }, requests) => ({ sum: sum.n, of: requests }),
  text: {
    unit: () => ' per request',
    sample: sampleOfEvents,
    difference: 'relative difference',
    allArms: (state, goal) => `, all alike p=${numberText(Math.min(1, Math.exp(-logAllDiffer(state, goal))))}`,
  },
};
